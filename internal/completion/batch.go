package completion

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/internal/folderlock"
)

// ErrWaiting says that a request is written and its answer is to come.
var ErrWaiting = errors.New("answers are to come")

// Bounds of a file of requests, those of OpenAI with some room, and of lines and answers that
// are read.
const (
	batchLines    = 50_000
	batchBytes    = 190 << 20
	batchLineMax  = 32 << 20
	batchLinesMax = 8 << 20
)

const (
	requestsPrefix = "requests-"
	linesSuffix    = ".jsonl"
)

// Batch asks by files of OpenAI's batch form: it writes requests into a folder, and takes
// answers from the files that were put there. It is safe for concurrent use by one process;
// another one is refused.
type Batch struct {
	dir, path string
	client    *Client // its names of models
	unlock    func()

	mu      sync.Mutex
	asked   map[[16]byte]int // requests in the folder's files
	failed  map[[16]byte]int // lines that say that one is to be made again
	answers map[[16]byte]linePlace
	files   []string
	next    int // number of the next file of requests
	out     *os.File
	w       *bufio.Writer
	lines   int
	bytes   int
	written []string // files of requests of this process
	fresh   int      // requests in them
	waiting map[[16]byte]bool
}

// linePlace is where a line stands.
type linePlace struct {
	offset       int64
	file, length int32
}

// OpenBatch reads which requests and answers a folder has, and makes it where it is missing.
// The server in the settings counts for nothing.
func OpenBatch(dir string, s Settings) (*Batch, error) {
	unlock, err := folderlock.Take(dir, ".lock")
	if err != nil {
		return nil, fmt.Errorf("batch: %s: %w", dir, err)
	}
	b := &Batch{dir: dir, path: "/v1" + s.Path, client: &Client{settings: s}, unlock: unlock, next: 1,
		asked: map[[16]byte]int{}, failed: map[[16]byte]int{}, answers: map[[16]byte]linePlace{}, waiting: map[[16]byte]bool{}}
	if err := b.load(); err != nil {
		unlock()
		return nil, fmt.Errorf("batch: %w", err)
	}
	return b, nil
}

func (b *Batch) load() error {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") || !strings.HasSuffix(name, linesSuffix) {
			continue
		}
		if n := 0; strings.HasPrefix(name, requestsPrefix) {
			if _, err := fmt.Sscanf(name, requestsPrefix+"%d", &n); err == nil {
				b.next = max(b.next, n+1)
			}
		}
		if err := b.loadFile(name, strings.HasPrefix(name, requestsPrefix)); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(b.dir, name), err)
		}
	}
	return nil
}

// batchLine is a line of answers; one of requests has the id alone.
type batchLine struct {
	ID       string `json:"custom_id"`
	Response *struct {
		Status int             `json:"status_code"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
	Error json.RawMessage `json:"error"`
}

func (b *Batch) loadFile(name string, requests bool) error {
	f, err := os.Open(filepath.Join(b.dir, name))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	b.files = append(b.files, name)
	r, offset := bufio.NewReaderSize(f, 1<<20), int64(0)
	for n := 1; ; n++ {
		line, err := readLine(r)
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			if err := b.note(text, requests, linePlace{offset, int32(len(b.files) - 1), int32(len(line))}); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
		offset += int64(len(line))
	}
}

// readLine is a line with its end, of a bounded length.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > batchLineMax {
			return nil, fmt.Errorf("more than %d bytes", batchLineMax)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func (b *Batch) note(text []byte, requests bool, at linePlace) error {
	var x batchLine
	if err := json.Unmarshal(text, &x); err != nil {
		return err
	}
	id, ok := parseID(x.ID)
	switch {
	case len(b.asked)+len(b.answers) >= batchLinesMax:
		return fmt.Errorf("more than %d requests and answers: a run of fewer documents has room", batchLinesMax)
	case !ok: // of somebody else
	case requests:
		b.asked[id]++
	case x.Response == nil || x.Response.Status == 429 || x.Response.Status >= 500: // expired, or too much for the server
		b.failed[id]++
	default:
		b.answers[id] = at
	}
	return nil
}

const idPrefix = "cm-"

// requestID names a request by what it asks.
func requestID(path string, body []byte) (id [16]byte) {
	h := sha256.New()
	_, _ = io.WriteString(h, path+"\n") // a hash never fails
	_, _ = h.Write(body)
	copy(id[:], h.Sum(nil))
	return id
}

func parseID(s string) (id [16]byte, ok bool) {
	text, ok := strings.CutPrefix(s, idPrefix)
	if !ok || len(text) != 2*len(id) {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(text))
	return id, err == nil
}

// Ask finds the answer to a request, or writes the request. The error of one whose answer is
// to come wraps [ErrWaiting].
func (b *Batch) Ask(body []byte) (Answer, error) {
	id := requestID(b.path, body)
	b.mu.Lock()
	at, ok := b.answers[id]
	if !ok {
		defer b.mu.Unlock()
		b.waiting[id] = true
		if b.asked[id] > b.failed[id] {
			return Answer{}, ErrWaiting
		}
		b.asked[id]++
		if err := b.write(id, body); err != nil {
			return Answer{}, fmt.Errorf("batch: %w", err)
		}
		return Answer{}, ErrWaiting
	}
	name := filepath.Join(b.dir, b.files[at.file])
	b.mu.Unlock()
	a, err := b.answer(name, at)
	if err != nil {
		return a, fmt.Errorf("%s, at byte %d: %w", name, at.offset, err)
	}
	return a, nil
}

func (b *Batch) answer(name string, at linePlace) (a Answer, err error) {
	f, err := os.Open(name)
	if err != nil {
		return a, err
	}
	defer f.Close() //nolint:errcheck // read only
	line := make([]byte, at.length)
	if _, err := f.ReadAt(line, at.offset); err != nil {
		return a, err
	}
	var x batchLine
	if err := json.Unmarshal(line, &x); err != nil {
		return a, err
	}
	switch s := x.Response.Status; {
	case s == 400, s == 413, s == 422:
		return Answer{Model: b.client.settings.Model, Refused: b.client.words(s, x.Response.Body)}, nil
	case s != 0 && (s < 200 || s > 299):
		return a, errors.New(b.client.words(s, x.Response.Body))
	}
	return b.client.read(x.Response.Body)
}

// write appends a request to the file at hand. Files get their names when they are whole:
// what a process that was killed left is written anew.
func (b *Batch) write(id [16]byte, body []byte) (err error) {
	if b.out == nil {
		if b.out, err = os.OpenFile(b.name()+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600); err != nil {
			return err
		}
		b.w, b.lines, b.bytes = bufio.NewWriterSize(b.out, 1<<18), 0, 0
	}
	n, err := fmt.Fprintf(b.w, `{"custom_id":"%s%x","method":"POST","url":%q,"body":%s}`+"\n", idPrefix, id, b.path, body)
	if err != nil {
		return err
	}
	b.lines++
	b.bytes += n
	b.fresh++
	if b.lines >= batchLines || b.bytes >= batchBytes {
		return b.finish()
	}
	return nil
}

func (b *Batch) name() string {
	return filepath.Join(b.dir, fmt.Sprintf("%s%04d%s", requestsPrefix, b.next, linesSuffix))
}

func (b *Batch) finish() error {
	if b.out == nil {
		return nil
	}
	err := errors.Join(b.w.Flush(), b.out.Sync(), b.out.Close())
	b.out = nil
	if err != nil {
		return err
	}
	name := b.name()
	b.next++
	b.written = append(b.written, name)
	return os.Rename(name+".part", name)
}

// Finish closes the file of requests. The error wraps [ErrWaiting] where answers are to come,
// and says of which files.
func (b *Batch) Finish() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.finish(); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	switch {
	case len(b.waiting) == 0:
		return nil
	case len(b.written) == 0:
		return fmt.Errorf("%w: %d of the requests in %s have none yet: put the files of answers (*%s) there and run the same line again",
			ErrWaiting, len(b.waiting), filepath.Join(b.dir, requestsPrefix+"*"+linesSuffix), linesSuffix)
	}
	return fmt.Errorf("%w: %d requests are written to %s: have them answered as a batch, put the files of answers (*%s) into %s and run the same line again",
		ErrWaiting, b.fresh, strings.Join(b.written, ", "), linesSuffix, b.dir)
}

// Close lets another process have the folder.
func (b *Batch) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var err error
	if b.out != nil { // of a run that failed: to be written anew
		err = errors.Join(b.out.Close(), os.Remove(b.out.Name()))
		b.out = nil
	}
	b.unlock()
	return err
}
