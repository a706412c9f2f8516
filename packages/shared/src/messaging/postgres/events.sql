-- The postgres transport: a partitioned log inside the database, reached only through the functions below.
-- They run as wellgate_events and check what the LOGIN role (session_user) may do with a topic.
-- Idempotent; applied by install.ts as an administrator, in one transaction.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wellgate_events') THEN
    CREATE ROLE wellgate_events NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this server is being installed at the same time
END $$;

DO $$
BEGIN
  IF NOT pg_has_role(current_user, 'wellgate_events', 'MEMBER') THEN
    EXECUTE format('GRANT wellgate_events TO %I', current_user);
  END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS events AUTHORIZATION wellgate_events;
SET LOCAL ROLE wellgate_events;

CREATE TABLE IF NOT EXISTS events.topic (
  name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,40}$'),
  partitions int NOT NULL CHECK (partitions BETWEEN 1 AND 1024),
  retention interval NOT NULL DEFAULT '14 days'
);

CREATE TABLE IF NOT EXISTS events.topic_grant (
  role name NOT NULL,
  topic text NOT NULL REFERENCES events.topic,
  "right" text NOT NULL CHECK ("right" IN ('publish', 'read')),
  PRIMARY KEY (role, topic, "right")
);

-- The next offset of a partition. Its row lock orders publishers, so offsets are dense and commit in order.
CREATE TABLE IF NOT EXISTS events.partition_head (
  topic text NOT NULL REFERENCES events.topic,
  partition int NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS events.log (
  topic text NOT NULL,
  partition int NOT NULL,
  "offset" bigint NOT NULL,
  key text NOT NULL,
  headers text NOT NULL,
  message text NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition, "offset")
);
-- Of the event, as on the wire; a record without one is for everybody. Apart, since a log may be older than this column.
ALTER TABLE events.log ADD COLUMN IF NOT EXISTS type text;
CREATE INDEX IF NOT EXISTS log_published_at ON events.log USING brin (published_at);

-- What a group has read. A member holds the row's lock while it handles a batch; a group belongs to one role.
CREATE TABLE IF NOT EXISTS events.group_offset (
  role name NOT NULL,
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition int NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  moved_at timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (role, consumer_group, topic, partition)
) WITH (fillfactor = 50);

CREATE OR REPLACE FUNCTION events.require(p_right text, p_topics text[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, events, pg_temp AS $$
DECLARE denied text;
BEGIN
  SELECT t INTO denied FROM unnest(p_topics) AS t
  WHERE NOT EXISTS (SELECT FROM topic_grant g WHERE g.role = session_user AND g.topic = t AND g."right" = p_right)
  LIMIT 1;
  IF FOUND THEN
    RAISE insufficient_privilege USING MESSAGE = format('%s may not %s topic %s', session_user, p_right, denied);
  END IF;
END $$;

-- Appends records in the order given per key, and wakes who waits for one of p_rung.
-- Heads are moved, and so locked, in one order: publishers cannot deadlock. Planned once: for arrays Postgres would else
-- plan anew at each call, which takes longer than all the rest.
DROP FUNCTION IF EXISTS events.publish(text[], text[], text[], text[]);
CREATE OR REPLACE FUNCTION events.publish(
  p_topics text[], p_keys text[], p_types text[], p_headers text[], p_messages text[], p_rung text[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, events, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  part record;
  first bigint;
BEGIN
  PERFORM require('publish', p_topics);
  FOR part IN
    SELECT i.topic, partition_of(i.key, t.partitions) AS partition, count(*),
           array_agg(i.key ORDER BY n) AS keys, array_agg(i.type ORDER BY n) AS types,
           array_agg(i.headers ORDER BY n) AS headers, array_agg(i.message ORDER BY n) AS messages
    FROM unnest(p_topics, p_keys, p_types, p_headers, p_messages)
         WITH ORDINALITY AS i(topic, key, type, headers, message, n)
    JOIN topic t ON t.name = i.topic
    GROUP BY 1, 2 ORDER BY 1, 2
  LOOP
    UPDATE partition_head h SET next_offset = h.next_offset + part.count
    WHERE h.topic = part.topic AND h.partition = part.partition
    RETURNING h.next_offset - part.count INTO STRICT first;

    INSERT INTO log (topic, partition, "offset", key, type, headers, message)
    SELECT part.topic, part.partition, first + r.n - 1, r.key, r.type, r.headers, r.message
    FROM unnest(part.keys, part.types, part.headers, part.messages)
         WITH ORDINALITY AS r(key, type, headers, message, n);
  END LOOP;

  PERFORM pg_notify('events_' || t, '') FROM (
    SELECT DISTINCT t FROM unnest(p_topics) AS t WHERE t = ANY (p_rung)) AS rung;
END $$;

CREATE OR REPLACE FUNCTION events.partition_of(p_key text, p_partitions int) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
  SELECT (get_byte(h, 0) * 65536 + get_byte(h, 1) * 256 + get_byte(h, 2)) % p_partitions
  FROM sha256(convert_to(p_key, 'UTF8')) AS h
$$;

-- Makes the group known; a new one begins with the oldest record kept.
CREATE OR REPLACE FUNCTION events.join_group(p_group text, p_topics text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, events, pg_temp AS $$
BEGIN
  PERFORM require('read', p_topics);
  INSERT INTO group_offset (role, consumer_group, topic, partition)
  SELECT session_user, p_group, h.topic, h.partition FROM partition_head h WHERE h.topic = ANY (p_topics)
  ON CONFLICT DO NOTHING;
END $$;

-- Locks one partition that has unread records and that no other member holds, and returns a batch of what is of p_types
-- (NULL: of any). The lock lives until the caller's transaction ends: with a killed member it is free again at once.
-- Where none of the next 10,000 is of p_types, or retention has taken them, it moves past them and returns one row without
-- an offset: the caller commits, so that it holds no partition but the one whose batch it has, and asks again.
DROP FUNCTION IF EXISTS events.claim(text, text[], int, bigint);
CREATE OR REPLACE FUNCTION events.claim(p_group text, p_topics text[], p_types text[], p_max int, p_max_bytes bigint)
RETURNS TABLE (topic text, partition int, "offset" bigint, key text, headers text, message text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, events, pg_temp AS $$
#variable_conflict use_column
DECLARE
  mine record;
  reach CONSTANT bigint := 10000;
BEGIN
  PERFORM require('read', p_topics);
  SELECT g.topic, g.partition, g.next_offset, h.next_offset AS head INTO mine
  FROM group_offset g JOIN partition_head h ON h.topic = g.topic AND h.partition = g.partition
  WHERE g.role = session_user AND g.consumer_group = p_group AND g.topic = ANY (p_topics)
    AND g.next_offset < h.next_offset
  ORDER BY g.moved_at, g.topic, g.partition
  LIMIT 1 FOR UPDATE OF g SKIP LOCKED;
  IF NOT FOUND THEN RETURN; END IF;

  RETURN QUERY
  SELECT b.topic, b.partition, b."offset", b.key, b.headers, b.message
  FROM (SELECT l.*, row_number() OVER (ORDER BY l."offset") AS n,
               sum(octet_length(l.message)) OVER (ORDER BY l."offset") AS bytes
        FROM (SELECT * FROM log r
              WHERE r.topic = mine.topic AND r.partition = mine.partition
                AND r."offset" >= mine.next_offset AND r."offset" < mine.next_offset + reach
                AND (p_types IS NULL OR r.type IS NULL OR r.type = ANY (p_types))
              ORDER BY r."offset" LIMIT p_max) l) b
  WHERE b.n = 1 OR b.bytes <= p_max_bytes
  ORDER BY b."offset";
  IF FOUND THEN RETURN; END IF;

  UPDATE group_offset g SET next_offset = least(mine.head, mine.next_offset + reach), moved_at = clock_timestamp()
  WHERE g.role = session_user AND g.consumer_group = p_group
    AND g.topic = mine.topic AND g.partition = mine.partition;
  RETURN QUERY SELECT mine.topic, mine.partition, NULL::bigint, NULL::text, NULL::text, NULL::text;
END $$;

CREATE OR REPLACE FUNCTION events.advance(p_group text, p_topic text, p_partition int, p_next_offset bigint)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, events, pg_temp AS $$
  UPDATE group_offset g SET next_offset = p_next_offset, moved_at = clock_timestamp()
  WHERE g.role = session_user AND g.consumer_group = p_group AND g.topic = p_topic AND g.partition = p_partition
    AND g.next_offset <= p_next_offset
$$;

CREATE OR REPLACE FUNCTION events.lag(p_group text, p_topics text[]) RETURNS TABLE (topic text, unread bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, events, pg_temp AS $$
  SELECT h.topic, sum(h.next_offset - coalesce(g.next_offset, 0))::bigint
  FROM partition_head h
  LEFT JOIN group_offset g ON g.role = session_user AND g.consumer_group = p_group
                          AND g.topic = h.topic AND g.partition = h.partition
  WHERE h.topic = ANY (p_topics)
    AND EXISTS (SELECT FROM topic_grant r WHERE r.role = session_user AND r.topic = h.topic AND r."right" = 'read')
  GROUP BY h.topic
$$;

-- Deletes what is older than its topic's retention, at most 10,000 records a call; how many. One caller at a time.
CREATE OR REPLACE FUNCTION events.expire() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, events, pg_temp AS $$
DECLARE deleted bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('wellgate.events.expire', 0)) THEN RETURN 0; END IF;
  DELETE FROM log WHERE ctid = ANY (ARRAY(
    SELECT l.ctid FROM log l JOIN topic t ON t.name = l.topic
    WHERE l.published_at < now() - t.retention
    LIMIT 10000));
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA events FROM PUBLIC;
RESET ROLE;
