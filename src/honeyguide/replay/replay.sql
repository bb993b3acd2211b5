-- begin_replay: keep the shift of the first start; later starts find it and change nothing.
INSERT INTO replay (program_id, name, shift_days, started_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (program_id, name) DO NOTHING;

-- shift_days: the shift that was kept.
SELECT shift_days FROM replay WHERE program_id = $1 AND name = $2;
