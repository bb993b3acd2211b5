-- newest_revisions: how often the files of each style were changed.
SELECT style, max(revision) AS revision
FROM pass_file
WHERE program_id = $1
GROUP BY style

-- files_at: the files of a style as of a revision; null stands for the folder's own.
SELECT DISTINCT ON (path) path, content
FROM pass_file
WHERE program_id = $1 AND style = $2 AND revision <= $3 AND path <> 'folder.sha256'
ORDER BY path, revision DESC

-- folders_noted: what the folder of each style held when its passes were last drawn anew for it.
SELECT DISTINCT ON (style) style, convert_from(content, 'UTF8') AS digest
FROM pass_file
WHERE program_id = $1 AND path = 'folder.sha256'
ORDER BY style, revision DESC

-- lock_style: two uploads of one program wait for each other, so that each gets a revision of its own.
SELECT program_id
FROM program
WHERE program_id = $1
FOR NO KEY UPDATE

-- insert_files: the next revision of a style, of these files.
INSERT INTO pass_file (program_id, style, revision, path, content, digest, uploaded_at)
SELECT $1, $2, $3, path, content, digest, $7
FROM unnest($4::text[], $5::bytea[], $6::text[]) AS given (path, content, digest)

-- find_image: an image by the beginning of its digest, as addresses name it.
SELECT content
FROM pass_file
WHERE digest LIKE $1 AND path LIKE '%.png'
LIMIT 1

-- drop_superseded: files in whose place others stand for so long, and that no pass was published with; up to $3.
WITH gone AS (
  SELECT f.program_id, f.style, f.revision, f.path
  FROM pass_file f
  WHERE f.program_id = $1
    AND EXISTS (
      SELECT 1 FROM pass_file later
      WHERE later.program_id = f.program_id AND later.style = f.style AND later.path = f.path AND later.revision > f.revision AND later.uploaded_at < $2
    )
    AND NOT EXISTS (
      SELECT 1 FROM pass p WHERE p.program_id = f.program_id AND p.style = f.style AND p.dressed BETWEEN 1 AND f.revision AND p.state <> 'REVOKED'
    )
  LIMIT $3
)
DELETE FROM pass_file f USING gone
WHERE f.program_id = gone.program_id AND f.style = gone.style AND f.revision = gone.revision AND f.path = gone.path
