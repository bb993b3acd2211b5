-- insert_program: make a program unless its code is known.
INSERT INTO program (program_id, code, created_at)
VALUES ($1, $2, $3)
ON CONFLICT (code) DO NOTHING;

-- lock_program: the program of a code; its row is the lock under which versions are numbered.
SELECT program_id
FROM program
WHERE code = $1
FOR UPDATE;

-- program_code: the code of a program.
SELECT code
FROM program
WHERE program_id = $1;

-- last_version: the newest version of a program, its file and since when it is in force.
SELECT version, source, applied_at
FROM program_version
WHERE program_id = $1
ORDER BY version DESC
LIMIT 1;

-- version_source: the file of one version and since when it was in force.
SELECT source, applied_at
FROM program_version
WHERE program_id = $1 AND version = $2;

-- insert_version: keep a file as the program's next version.
INSERT INTO program_version (program_id, version, source, applied_by, applied_at)
VALUES ($1, $2, $3, $4, $5);

-- newest_versions: the newest version of every program, to see whether anything was applied.
SELECT program_id, max(version) AS version
FROM program_version
GROUP BY program_id;

-- version_history: since when each version of a program was in force, the oldest first.
SELECT version, applied_at
FROM program_version
WHERE program_id = $1
ORDER BY version;
