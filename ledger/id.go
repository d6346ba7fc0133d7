package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/corpusmill/corpusmill/plan"
)

// identity is the content of [IDFile].
type identity struct {
	ID string `json:"id"`
}

// NewID makes an id for a run folder: 16 random hexadecimal digits. It is no digest: two
// run folders of one pipeline over one input are two runs. It stands in no key and no
// part.
func NewID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// ID reads the id of the run folder, "" if it has none yet.
func (l *Ledger) ID(ctx context.Context) (string, error) {
	var i identity
	err := l.ReadSealed(ctx, IDFile, &i)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err == nil && i.ID == "" {
		err = fmt.Errorf("%s: %w: it names no id", IDFile, ErrFileDamaged)
	}
	if errors.Is(err, ErrFileDamaged) {
		err = fmt.Errorf("%w; put it back as it was, or remove it and run once with --replace: the folders of the parts know the run by it", err)
	}
	return i.ID, err
}

// Identify gives the run folder an id, unless it has one, and returns the one that it
// has: another process may have been faster.
func (l *Ledger) Identify(ctx context.Context, id string) (string, error) {
	b, err := json.Marshal(identity{id})
	if err != nil {
		return "", err
	}
	created, err := l.Store.PutIfAbsent(ctx, IDFile, append(seal(b), '\n'))
	if err != nil || created {
		return id, err
	}
	return l.ID(ctx)
}

// InputFile names the file that lists the input of which a set of parts was made, as
// [Input]: what is gone from it since is not dropped unasked.
func InputFile(set string) string {
	if set == "" {
		return "input.json"
	}
	return "input-" + set + ".json"
}

// Input is the content of an [InputFile]; the path of a shard is its place
// (store.Schemes.Place).
type Input struct {
	Shards []plan.Shard `json:"shards"`
}

// Samples are names of the kinds of files that a run folder holds beside its parts and
// rejects. A source whose pattern matches one would read the run itself.
func Samples() []string {
	const key = "0123456789abcdef0123456789abcdef"
	names := []string{PlanFile, ManifestFile, StatsFile, SizingFile, UnfinishedFile, IDFile, GatheredFile, InputFile(""), "timings.json", "report.html",
		commitName("segment", key), TaskStatsFolder + "segment/" + key + ".json", QuarantineFolder + "segment-" + key + ".jsonl",
		asideName(1), "tasks/segment.jsonl", "tasks/lists/" + key + ".json", AnswersKey{Stage: key, Documents: key}.Name()}
	for _, role := range []Role{RoleDocuments, RoleIndex, RoleKeys} {
		names = append(names, SegmentsFolder+key+"."+string(role))
	}
	return names
}

// Keeps reports whether a path below a run folder, such as "segments" or "segments/en",
// is one of the folders that a run sweeps of what is not its own. Case is ignored, as
// some file systems do.
func Keeps(path string) bool {
	top, _, _ := strings.Cut(path, "/")
	for _, name := range Samples() {
		if folder, _, below := strings.Cut(name, "/"); below && strings.EqualFold(folder, top) {
			return true
		}
	}
	return false
}
