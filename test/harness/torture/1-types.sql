-- '@' stands for a text that is this database's alone: roles and tablespaces are shared by all databases of a server.
CREATE ROLE "@owner" NOLOGIN;
CREATE ROLE "@reader" NOLOGIN NOINHERIT CONNECTION LIMIT 7 VALID UNTIL '2042-01-01 00:00:00+00';
CREATE ROLE "@Group 组" NOLOGIN CREATEDB CREATEROLE;
CREATE ROLE "@login" LOGIN BYPASSRLS PASSWORD 'never to be seen';
COMMENT ON ROLE "@reader" IS 'reads, and nothing else; it''s a comment';
ALTER ROLE "@reader" SET search_path = '组', "$user", public;
ALTER ROLE "@login" SET statement_timeout = '90s';
GRANT "@Group 组" TO "@reader" WITH ADMIN OPTION;
GRANT "@owner" TO "@Group 组";

CREATE EXTENSION citext;
CREATE EXTENSION btree_gist;
CREATE SCHEMA ext;
CREATE EXTENSION hstore WITH SCHEMA ext VERSION '1.7';
CREATE EXTENSION postgres_fdw;
COMMENT ON EXTENSION citext IS 'our own words about citext';

CREATE SCHEMA "组 织" AUTHORIZATION "@owner";
CREATE SCHEMA "Quote""d; -- Name: x; Type: TABLE";
COMMENT ON SCHEMA "组 织" IS '机构; a comment
on two lines -- Name: y; Type: VIEW; Schema: -; Owner: -';

CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION "按 C" FROM "C";
COMMENT ON COLLATION ci IS 'case makes no difference';

CREATE TYPE mood AS ENUM ('sad', 'it''s ok', '高兴');
CREATE TYPE point3 AS (x numeric(10,3), y double precision, "Z z" text COLLATE "C", m mood);
COMMENT ON COLUMN point3."Z z" IS 'depth';
CREATE DOMAIN positive AS numeric(12,2) DEFAULT 1.50 CONSTRAINT more_than_nothing CHECK (VALUE > 0);
CREATE DOMAIN email AS citext NOT NULL CHECK (VALUE ~ '@');
ALTER DOMAIN positive ADD CONSTRAINT not_huge CHECK (VALUE < 1000000000) NOT VALID;
COMMENT ON CONSTRAINT more_than_nothing ON DOMAIN positive IS 'zero is nothing';
CREATE DOMAIN point3_low AS point3 CHECK ((VALUE).y < 1e9);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE "Float 范围" AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE shell_only;

CREATE FUNCTION half_in(cstring) RETURNS shell_only LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION half_out(shell_only) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE shell_only (INPUT = half_in, OUTPUT = half_out, LIKE = int4);

CREATE FUNCTION add_points(a point3, b point3) RETURNS point3 LANGUAGE sql IMMUTABLE
  AS $_$ SELECT ROW((a).x + (b).x, (a).y + (b).y, (a)."Z z" || E'\\' || '$$', (b).m)::point3 $_$;
CREATE FUNCTION modern(n int, OUT doubled int, OUT tripled int) LANGUAGE sql IMMUTABLE PARALLEL SAFE
  BEGIN ATOMIC SELECT n * 2, n * 3; END;
CREATE FUNCTION noisy(VARIADIC words text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER COST 7
  SET search_path = pg_catalog SET work_mem = '5MB' AS $body$
BEGIN
--
-- Name: not_a_table; Type: TABLE; Schema: public; Owner: nobody
--
  RETURN array_to_string(words, ';');
END $body$;
CREATE FUNCTION rows_of(n int) RETURNS TABLE (i int, t text) LANGUAGE sql ROWS 5 AS 'SELECT g, g::text FROM generate_series(1, n) g';
CREATE PROCEDURE do_nothing(INOUT n int DEFAULT 3) LANGUAGE plpgsql AS $$ BEGIN n := n + 1; END $$;
CREATE AGGREGATE longest(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE AGGREGATE sum_points(point3) (SFUNC = add_points, STYPE = point3, PARALLEL = SAFE);
CREATE OPERATOR ### (LEFTARG = point3, RIGHTARG = point3, FUNCTION = add_points, COMMUTATOR = OPERATOR(public.###));
CREATE FUNCTION mood_number(mood) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT length($1::text) $$;
CREATE CAST (mood AS int) WITH FUNCTION mood_number(mood) AS ASSIGNMENT;
CREATE OPERATOR CLASS backwards FOR TYPE int4 USING btree AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int4, int4);
CREATE TEXT SEARCH DICTIONARY plain_words (TEMPLATE = simple, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION 检索 (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION 检索 ALTER MAPPING FOR asciiword WITH plain_words, english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION 检索 IS 'search';
COMMENT ON FUNCTION noisy(text[]) IS 'prints words';
COMMENT ON AGGREGATE longest(text) IS 'not really';
COMMENT ON OPERATOR ### (point3, point3) IS 'adds';
COMMENT ON CAST (mood AS int) IS 'length of a mood';
COMMENT ON TYPE mood IS 'how we feel';
ALTER FUNCTION modern(int) OWNER TO "@owner";
REVOKE EXECUTE ON FUNCTION noisy(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION noisy(text[]) TO "@reader" WITH GRANT OPTION;
REVOKE USAGE ON TYPE mood FROM PUBLIC;
GRANT USAGE ON TYPE mood TO "@reader";
GRANT USAGE ON LANGUAGE plpgsql TO "@reader";
