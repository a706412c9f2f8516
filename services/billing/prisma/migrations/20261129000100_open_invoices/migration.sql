-- What of a patient's is past its day is looked for among what is open, not among all there ever was.
create index invoice_open_of_patient on invoice (patient_id) where not voided and paid + adjusted < patient_share;
