package main

// key is a key that the engine knows, beside those of sources, stages and sinks.
type key struct{ name, kind, doc string }

// pipelineKeys are the keys of a pipeline file; a test compares them with the
// engine's own.
var pipelineKeys = []key{
	{"name", "string", "name of the pipeline, and of its run folder: runs/<name>"},
	{"extends", "string", "recipe or file that this one changes: mappings key by key, stages by name; a stage set to off leaves it, a new one goes to the end: to put one elsewhere, write the whole list"},
	{"seed", "whole number", "seed of every draw; default 1"},
	{"vars", "map", "variables for ${NAME} and ${NAME:-default} in every value; the environment and --set vars.NAME come with them"},
	{"models", "map", "models and lists by name, each with path and sha256"},
	{"s3", "block", "how to reach s3:// locations: endpoint, region, path_style, insecure; credentials come from the environment"},
	{"crawl", "block", "a crawl that the run makes first, into a folder that a source reads; once it has come to its end it is not made again"},
	{"source", "source or list", "where documents come from; several sources have a name each"},
	{"stages", "list of stages", "what happens to every document, in order"},
	{"sink", "sink or list", "where the parts go; of several sinks each has a name, and the part_bytes of the first cuts the part groups"},
	{"rejects", "sink", "where dropped documents go, the share of them that keeps its text (text_sample, default 0.01; 0 is none), and how many of each rule of each task keep it in any case, up to 1 MiB each (text_per_rule, default 5)"},
	{"sizing", "block", "the cluster that the token count is set against"},
	{"errors_max", "limit", "number of records in quarantine above which a pass fails; default the larger of 100 and 1 % of its documents"},
	{"shards_lost_max", "limit", "number of input files that may be lost, those of which no record can be read and those cut short counted together; default none of the first kind, and the larger of 10 and 1 % in all"},
	{"shards_failed_max", "limit", "number of input files on which tasks may fail, since the store has them no more or denies them, they change under way, or workers die of them: each is set aside, and run --take-up reads it again; default 0, the first ends the run"},
	{"record_bytes_max", "size", "largest record that is read; larger ones go to quarantine; default 64MiB"},
	{"carry", "string", "what becomes of undeclared input fields: extra (one JSON column) or drop; default extra"},
	{"fail_if", "block", "lets a run that came to its end fail with 4, when what it gives is not enough or too much: documents, tokens (`< 1000`, `< 1.5B`), kept_share, quarantine_share (`> 1 %`), quarantined, shards_lost (`> 0`). Its parts stay as they are"},
	{"packs", "block", "how many small files of a source share a task: files (about 256; 1 gives each its own), bytes (8MiB; a larger file is alone); and how much of a large file a task reads, where the format can be cut: cut (128MiB; 0 cuts none)"},
	{"calibration", "block", "how much of the input settles limits that are shares: shards (64 a source), bytes (1GiB), exact (all of it)"},
	{"fit", "block", "a token budget that a share follows from: tokens (such as 600B), stage (the one whose keep_top, or whose factor of a sample, is solved; default the last that has one). The forecast comes from the calibration's sample; the stage stands behind all that work across documents"},
	{"segments", "string", "which intermediate files stay for the next run: keep (all), checkpoints (what a checkpoint stored) or delete (none); default keep"},
}

// sinkKeys are the keys that stand beside the settings of a sink of the parts.
var sinkKeys = []key{
	{"name", "string", "name of the sink in a list of several, and of its folder RUN/parts/<name>; default the format's"},
	{"where", "condition", "the documents that it takes, by their columns: lang = 'en' and tokens >= 100, not source in ['web', 'books'], url != null"},
	{"partition_by", "list of columns", "write to folders such as lang=en/, as Hive, Spark, DuckDB and pyarrow read them; the files lack these columns"},
	{"rename", "map", "other names of columns in the files and folders of this sink: { tokens: token_count, text: content }; where and partition_by have the documents' own"},
	{"drop", "list of columns", "columns that the files of this sink lack: [cluster_id, extra]"},
	{"carry", "string", "drop leaves the column extra out of the files of this sink; default extra"},
	{"append", "string", "name of a set, such as ${DATE}: the run adds it to the folder beside those of other runs, and replaces this one alone"},
}

// stageKeys are the keys that the engine reserves beside a stage's own.
var stageKeys = []key{
	{"as", "string", "name of this instance in counters, columns and --set stages.<name>.<key>; needed where a stage occurs twice"},
	{"when", "block", "work on some documents only: lang (list of codes), source (list of source names); the others go past the stage"},
	{"where", "string", "work on documents alone that fulfil a condition on columns, such as lang = 'zh' and tokens >= 100; the others go past the stage"},
	{"annotate", "true or false", "store the measured values as columns sig_<name>_<value> and keep every document"},
	{"per", "list of string", "settle limits that are shares (keep_top) for every lang or source by itself"},
	{"within", "list of string", "of a stage that works across documents: compare those alone that are equal in these columns (lang, source, media, or stored ones)"},
}
