-- transfer_units: a transfer's unit is the unit of the member's account it touches; the accounts of partners, which live
-- elsewhere once members are distributed, are proved by the conservation view.
CREATE OR REPLACE FUNCTION transfer_units() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM new_transfers AS t
        JOIN account AS a ON a.program_id = t.program_id AND a.member_id = t.member_id AND a.account_id IN (t.debit, t.credit)
        WHERE a.unit <> t.unit
    ) THEN
        RAISE EXCEPTION 'a transfer is posted to an account of another unit' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS transfer_units ON transfer;
CREATE TRIGGER transfer_units AFTER INSERT ON transfer REFERENCING NEW TABLE AS new_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION transfer_units();
