CREATE TABLE every_type (
  id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5) PRIMARY KEY,
  i2 smallint, i4 int, r real, d double precision, n numeric, ns numeric(20,4), nn numeric(5,-2), m money,
  b bool, ch "char", bp char(8), vc varchar(20), t text, nm name, ci_t text COLLATE ci, cit citext, mail email,
  by bytea, dt date, tm time, tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid, j json, jb jsonb, x xml,
  bi bit(5), vb varbit, ip inet, nt cidr, mc macaddr, mc8 macaddr8, pt point, bx box, pg polygon, ci circle, ln line,
  tsv tsvector, tsq tsquery, o oid, rc regclass, p3 point3, p3l point3_low, md mood, pos positive DEFAULT 2,
  i4r int4range, nr numrange, tr textrange, fr "Float 范围", i4mr int4multirange, trm textmultirange,
  a_i int[], a_t text[][], a_md mood[], a_p3 point3[], a_pos positive[], a_r int4range[], a_mr int4multirange[], a_jb jsonb[],
  hs ext.hstore, sh shell_only, lsn pg_lsn,
  doubled int GENERATED ALWAYS AS (i4 * 2) STORED,
  "Column with ""quote"" and
newline" text DEFAULT 'a,b
  (c'', d)'
);
INSERT INTO every_type (i2, i4, r, d, n, ns, nn, m, b, ch, bp, vc, t, nm, ci_t, cit, mail, by, dt, tm, tz, ts, tstz, iv, u, j, jb, x, bi, vb,
  ip, nt, mc, mc8, pt, bx, pg, ci, ln, tsv, tsq, o, rc, p3, p3l, md, pos, i4r, nr, tr, fr, i4mr, trm, a_i, a_t, a_md, a_p3, a_pos, a_r, a_mr,
  a_jb, hs, sh, lsn)
SELECT g, g * 7, g / 3.0, CASE g % 5 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-0' ELSE g / 7.0 END::float8,
  CASE g % 4 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' ELSE (g || '.10')::numeric END, g / 9.0, g * 1000, g * 1.01,
  g % 2 = 0, 'x', 'pad ', 'v' || g, E'tab\tnew\nline\\back ' || g, 'name', CASE g % 2 WHEN 0 THEN 'Abc' ELSE 'aBC' END, 'CiText' || g % 3,
  'A' || g || '@Example.org', decode(lpad(to_hex(g), 8, '0'), 'hex') || '\x00ff5c'::bytea,
  CASE g % 6 WHEN 0 THEN 'infinity' WHEN 1 THEN '0044-03-15 BC' ELSE date '2024-02-29' + g END, '24:00', '12:00:00+05:30',
  timestamp '2024-03-31 02:30' + g * interval '1 hour', timestamptz '2024-03-31 02:30+00' + g * interval '1 hour',
  CASE g % 3 WHEN 0 THEN '1 day' WHEN 1 THEN '24:00' ELSE '1 mon -3 days 04:05:06.789' END::interval, gen_random_uuid(), '{"a" :  1, "a": 2}', '{"z": [1, 2.50, null], "a": "组"}',
  '<a>组</a>', '10101', '110', '10.0.0.1/8', '10.1.0.0/16', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '(1,2.5)', '(1,1),(0,0)',
  '((0,0),(1,1),(1,0))', '<(0,0),2>', '{1,2,3}', 'fat:2A cat:3', 'fat & !cat', g, 'every_type', ROW(g, g / 3.0, 'z,"' || g, 'sad')::point3,
  ROW(1, 2, NULL, NULL)::point3_low, '高兴', g + 0.5, int4range(g, g + 5), CASE g % 2 WHEN 0 THEN '[1.0,2)' ELSE '[1.00,2)' END::numrange, '[a,b)', '(1.5,)',
  '{[1,3),[7,9)}', '{[a,b)}', ARRAY[g, NULL, 3], ARRAY[['a', 'b,"'], ['c', NULL]], '{sad,高兴}', ARRAY[ROW(1, 2, 'q"', 'sad')::point3, NULL],
  '{1.00,2.5}', '{"[1,2)",empty}', '{"{[1,2)}"}', ARRAY['{"k": 1}']::jsonb[], 'a=>1, b=>NULL', '17', '16/B374D848'
FROM generate_series(1, 40) g;
INSERT INTO every_type (mail) VALUES ('null@null'), ('[0:1]@array');
UPDATE every_type SET a_i = '[0:1]={5,6}' WHERE mail = '[0:1]@array';

CREATE TABLE "组 织"."部门 ""main""" ("编 号" int PRIMARY KEY, "Name" text NOT NULL DEFAULT '无', "parent 组" int REFERENCES "组 织"."部门 ""main""");
INSERT INTO "组 织"."部门 ""main""" SELECT g, '部门' || g, NULLIF(g / 2, 0) FROM generate_series(1, 50) g;
ALTER TABLE "组 织"."部门 ""main""" OWNER TO "@owner";
CREATE TABLE "Quote""d; -- Name: x; Type: TABLE"."line
break" ("select" int, "a
b" text);
INSERT INTO "Quote""d; -- Name: x; Type: TABLE"."line
break" VALUES (1, 'one'), (1, 'one'), (2, NULL);
CREATE TABLE empty_table (a int, b text);
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
CREATE UNLOGGED TABLE unlogged (id serial PRIMARY KEY, v text);
INSERT INTO unlogged (v) SELECT 'u' || g FROM generate_series(1, 20) g;
CREATE TABLE dropped_columns (a int, gone text, b text, gone2 int, c int DEFAULT 5);
INSERT INTO dropped_columns VALUES (1, 'x', 'y', 2, 3);
ALTER TABLE dropped_columns DROP COLUMN gone, DROP COLUMN gone2, ADD COLUMN fast timestamptz DEFAULT '2020-01-01 00:00+00', ADD COLUMN late text;
CREATE TABLE of_type OF point3 (x WITH OPTIONS DEFAULT 4, PRIMARY KEY ("Z z"));
INSERT INTO of_type SELECT g, g, 'k' || g, 'sad' FROM generate_series(1, 5) g;
CREATE TABLE big_values (id int PRIMARY KEY, plain text, packed text COMPRESSION pglz, by bytea) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE big_values ALTER plain SET STORAGE EXTERNAL, ALTER packed SET STATISTICS 77, ALTER plain SET (n_distinct = -0.5);
INSERT INTO big_values SELECT g, repeat(md5(g::text), 2000), repeat('ab' || g, 20000), decode(repeat(md5((g * 3)::text), 500), 'hex') FROM generate_series(1, 6) g;

CREATE TABLE parent (a int, b text, CONSTRAINT a_small CHECK (a < 100000));
CREATE TABLE parent2 (z date, a int);
CREATE TABLE child (b text, extra numeric(8,2) DEFAULT 3.14, a int) ;
ALTER TABLE child ADD CONSTRAINT a_small CHECK (a < 100000);
ALTER TABLE child INHERIT parent;
CREATE TABLE grandchild (own text, z date NOT NULL, b text) INHERITS (child, parent2);
ALTER TABLE parent ADD COLUMN added_later int DEFAULT 9;
CREATE STATISTICS child_stat (ndistinct, dependencies) ON extra, a FROM child;
CREATE STATISTICS expr_stat (mcv) ON lower(b), a FROM child;
COMMENT ON STATISTICS child_stat IS 'planner';
ALTER STATISTICS child_stat SET STATISTICS 55;
INSERT INTO parent SELECT g, 'p' || g FROM generate_series(1, 30) g;
INSERT INTO child (a, b, extra) SELECT g, 'c' || g, g / 4.0 FROM generate_series(1, 30) g;
INSERT INTO grandchild (a, b, z, own) SELECT g, 'g' || g, '2024-01-01', 'own' FROM generate_series(1, 30) g;

CREATE TABLE measured (at date NOT NULL, city text NOT NULL, value numeric(9,3), id bigint GENERATED BY DEFAULT AS IDENTITY, PRIMARY KEY (id, at, city)) PARTITION BY RANGE (at);
CREATE TABLE measured_2023 PARTITION OF measured FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE "measured 2024" PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (city);
CREATE TABLE measured_2024_bj PARTITION OF "measured 2024" FOR VALUES IN ('北京', 'Oslo');
CREATE TABLE measured_2024_rest PARTITION OF "measured 2024" DEFAULT PARTITION BY HASH (id);
CREATE TABLE measured_2024_h0 PARTITION OF measured_2024_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE measured_2024_h1 PARTITION OF measured_2024_rest FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE measured_2025 (value numeric(9,3), gone int, id bigint NOT NULL, city text NOT NULL, at date NOT NULL);
ALTER TABLE measured_2025 DROP COLUMN gone;
ALTER TABLE measured ATTACH PARTITION measured_2025 FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
CREATE INDEX measured_city ON measured (city) WHERE value > 3;
INSERT INTO measured (at, city, value) SELECT date '2023-01-01' + g * 3, (ARRAY['北京', 'Oslo', 'a', 'Bonn'])[g % 4 + 1], g / 7.0 FROM generate_series(0, 330) g;
CREATE TABLE refers (id int PRIMARY KEY, m_id bigint, m_at date, m_city text, FOREIGN KEY (m_id, m_at, m_city) REFERENCES measured) PARTITION BY RANGE (id);
CREATE TABLE refers_low PARTITION OF refers FOR VALUES FROM (0) TO (100);
CREATE TABLE refers_high PARTITION OF refers FOR VALUES FROM (100) TO (1000);
INSERT INTO refers SELECT row_number() OVER (), id, at, city FROM measured LIMIT 150;

CREATE SEQUENCE loose START 10 INCREMENT -3 MINVALUE -1000 MAXVALUE 1000 CYCLE CACHE 4;
CREATE SEQUENCE "Seq 序列" AS smallint;
ALTER SEQUENCE "Seq 序列" OWNER TO "@owner";
CREATE SEQUENCE never_used;
CREATE SEQUENCE busy;
SELECT nextval('loose'), nextval('loose'), setval('"Seq 序列"', 77, false), nextval('busy');
ALTER SEQUENCE never_used OWNED BY empty_table.a;
COMMENT ON SEQUENCE loose IS 'counts down';
GRANT USAGE ON SEQUENCE loose TO "@reader";

CREATE TABLE circle_a (id int PRIMARY KEY, b_id int);
CREATE TABLE circle_b (id int PRIMARY KEY, a_id int REFERENCES circle_a DEFERRABLE INITIALLY DEFERRED);
INSERT INTO circle_a SELECT g, g FROM generate_series(1, 10) g;
INSERT INTO circle_b SELECT g, g FROM generate_series(1, 10) g;
ALTER TABLE circle_a ADD CONSTRAINT "to b" FOREIGN KEY (b_id) REFERENCES circle_b ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE;
CREATE TABLE bookings (room int, during tstzrange, note text, EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (room > 0));
INSERT INTO bookings SELECT g, tstzrange('2024-01-01', '2024-01-02'), 'n' FROM generate_series(1, 9) g;
ALTER TABLE bookings ADD CONSTRAINT later CHECK (note <> 'bad') NOT VALID;
CREATE TABLE uniq (a int, b int, c text, CONSTRAINT uniq_ab UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c) DEFERRABLE);
INSERT INTO uniq VALUES (1, NULL, 'x'), (2, 2, 'y');
ALTER TABLE uniq ADD CONSTRAINT weak FOREIGN KEY (a) REFERENCES circle_a NOT VALID;
CREATE UNIQUE INDEX every_expr ON every_type ((lower(t)), id DESC NULLS LAST) WHERE i4 > 5;
CREATE INDEX every_gin ON every_type USING gin (jb jsonb_path_ops) WITH (fastupdate = off);
CREATE INDEX every_brin ON every_type USING brin (tstz);
CREATE INDEX backwards_i ON every_type (i4 backwards);
ALTER INDEX every_expr ALTER COLUMN 1 SET STATISTICS 33;
SET CONSTRAINTS ALL IMMEDIATE;
CLUSTER circle_b USING circle_b_pkey;
CREATE UNIQUE INDEX uniq_c ON big_values (id);
ALTER TABLE big_values REPLICA IDENTITY USING INDEX uniq_c;
ALTER TABLE uniq REPLICA IDENTITY FULL;
COMMENT ON TABLE every_type IS 'one column of every type';
COMMENT ON COLUMN every_type.m IS 'money, it''s 钱';
COMMENT ON INDEX every_gin IS 'finds';
COMMENT ON CONSTRAINT later ON bookings IS 'checked later';
CREATE TABLE in_space (id int PRIMARY KEY, v text) TABLESPACE "@space";
INSERT INTO in_space VALUES (1, 'elsewhere');
CREATE INDEX "In 空间" ON in_space (v) TABLESPACE "@space";
