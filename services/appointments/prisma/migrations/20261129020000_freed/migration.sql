-- The wait-list looks at what was given back lately.
create index booking_given_back on booking (updated_at) where status in ('cancelled', 'no-show', 'expired');
create index booking_history_archived on booking_history (archived_at);
