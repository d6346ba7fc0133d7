package gather

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"html"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/dumpxml"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/stage"
)

// StackExchange reads Posts.xml of the dumps of Stack Exchange, one document a question:
// its title, its text, and its answers, those with the highest score first, as HTML for the stage html_text
// with mode: all, which keeps code. Answers are sorted to their questions on disk, so memory does
// not grow with the dump. Posts of other types, answers without their question, and
// questions below a score are skipped and counted; an answer counts as skipped, since it is
// no document of its own. The dumps are 7z archives: unpack them first. Posts.xml may be
// compressed with gzip, zstd, bzip2 or xz.
//
// The columns are title, tags (with commas in between), score, answers, accepted, created,
// license. Comments and users stand in other files and are not read.
type StackExchange struct {
	// Paths are files and patterns: dumps/*/Posts.xml, s3://bucket/stackexchange/**/Posts.xml,
	// with * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// List is a file of addresses or names, one a line, .gz and .zst too; what they name is
	// read beside Paths. Names lie below Base, which is by default the folder of the list.
	List string `yaml:"list" key:"-"`
	// Base is the folder or address that the names of List lie below.
	Base string `yaml:"base" key:"-"`
	// Site is the host of the site, such as stackoverflow.com, for the addresses; "" takes
	// the name of the folder, where it is one.
	Site string `yaml:"site"`
	// MinQuestionScore is the least score of a question.
	MinQuestionScore stage.Limit `yaml:"min_question_score" default:"off"`
	// MinAnswerScore is the least score of an answer.
	MinAnswerScore stage.Limit `yaml:"min_answer_score" default:"off"`
	// MinAnswers is the least number of answers that a question has, of those that count.
	MinAnswers int `yaml:"min_answers"`
}

// StackExchangeDef defines the source stackexchange.
var StackExchangeDef = stage.DefineOpen("stackexchange", 1, newStackExchange)

func (x *StackExchange) input() input { return input{x.Paths, x.List, x.Base} }

// Validate checks the settings.
func (x *StackExchange) Validate() error {
	if strings.ContainsAny(x.Site, "/ :") {
		return fmt.Errorf("site: %q: want a host such as stackoverflow.com", x.Site)
	}
	if x.MinAnswers < 0 {
		return errors.New("min_answers: must not be negative")
	}
	return x.input().check()
}

// OpenStackExchange makes the source ready; zero fields take their defaults.
func OpenStackExchange(ctx context.Context, x StackExchange, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, StackExchangeDef, x, env)
}

func newStackExchange(_ context.Context, x StackExchange, env *stage.Env) (*stackSource, error) {
	return &stackSource{files: newFiles(x.input(), env), settings: x}, nil
}

type stackSource struct {
	*files
	settings StackExchange
}

var stackColumns = []stage.InputColumn{
	{Name: "title", Path: "Title", Type: corpus.String},
	{Name: "tags", Path: "Tags", Type: corpus.String},
	{Name: "score", Path: "Score", Type: corpus.Int},
	{Name: "answers", Path: "AnswerCount", Type: corpus.Int},
	{Name: "accepted", Path: "AcceptedAnswerId", Type: corpus.Bool},
	{Name: "created", Path: "CreationDate", Type: corpus.LocalMillis},
	{Name: "license", Path: "ContentLicense", Type: corpus.String},
}

// Columns implements stage.ColumnSource.
func (*stackSource) Columns(context.Context) ([]stage.InputColumn, error) { return stackColumns, nil }

// Writes lists the columns that a question sets.
func (*stackSource) Writes() []string {
	return []string{"id", "url", "raw", "media", "title", "tags", "score", "answers", "accepted", "created", "license"}
}

// sortBytes is the memory in which the posts of a file are sorted.
const sortBytes = 64 << 20

// HoldsBytes implements stage.Holder: a file and its posts of each worker.
func (s *stackSource) HoldsBytes(workers int) int64 { return int64(workers) * (openBytes + sortBytes) }

// A post is a row of Posts.xml.
type post struct {
	id, question, score, accepted int64
	record, offset                int64
	answer                        bool
	title, tags, body             string
	created, license              string
}

// Read sorts the answers of a file to their questions.
func (s *stackSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	f, err := s.open(ctx, shard, feed)
	if err != nil {
		return err
	}
	in, err := format.Decompress(ctx, f, s.env)
	if err != nil {
		return f.damaged(shard, 0, err, feed)
	}
	defer in.Close() //nolint:errcheck // read only
	posts := extsort.NewItems(sortBytes, "")
	defer posts.Close()
	if err := s.sort(shard, f, in, posts, feed); err != nil {
		return err
	}
	return s.join(ctx, shard, posts, feed)
}

// sort reads all rows.
func (s *stackSource) sort(shard corpus.Shard, f *stored, in *format.Stream, posts *extsort.Items, feed stage.Feed) error {
	x := dumpxml.NewReader(in, s.env.RecordBytesMax)
	var row []byte
	for record := int64(0); ; {
		tag, err := x.Tag()
		var damage *format.Damage
		switch {
		case errors.Is(err, io.EOF) && record == 0:
			feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Loss: corpus.LossRest, Err: errors.New("no row of a dump: want Posts.xml")})
			return nil
		case errors.Is(err, io.EOF):
			if root := x.Unclosed(); root != "" {
				feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: record, Offset: -1, Loss: corpus.LossRest, Err: unclosed(root)})
			}
			return nil
		case errors.As(err, &damage) && !damage.Rest:
			if err := f.damaged(shard, record, err, feed); err != nil {
				return err
			}
			continue
		case errors.Is(err, dumpxml.ErrTooLong):
			feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: record, Offset: tag.Offset, Loss: corpus.LossRecord, Err: err})
			record++
			continue
		case err != nil:
			return f.damaged(shard, record, err, feed)
		case string(tag.Name) != "row":
			continue
		}
		p, skip, err := s.post(tag)
		p.record, p.offset = record, tag.Offset
		if in.Compressed {
			p.offset = -1
		}
		record++
		switch {
		case err != nil:
			feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: p.record, Offset: p.offset, Loss: corpus.LossRecord, Err: err})
			continue
		case skip != "":
			feed.Skip(skip)
			continue
		}
		row = p.append(row[:0])
		if err := posts.Add(extsort.Item{Key: p.key(), Data: row}); err != nil {
			return fmt.Errorf("sorting %s in the temporary folder: %w", shard, err)
		}
	}
}

// post reads a row.
func (s *stackSource) post(tag dumpxml.Tag) (p post, skip string, err error) {
	kind := ""
	number := func(name, v string) int64 {
		n, e := strconv.ParseInt(v, 10, 64)
		if e != nil && err == nil {
			err = fmt.Errorf("%s=%q is no number", name, v)
		}
		return n
	}
	for name, v := range tag.Attributes() {
		v = strings.ToValidUTF8(v, "\ufffd")
		switch name {
		case "Id":
			p.id = number(name, v)
		case "PostTypeId":
			kind = v
		case "ParentId":
			p.question = number(name, v)
		case "AcceptedAnswerId":
			p.accepted = number(name, v)
		case "Score":
			p.score = number(name, v)
		case "Title":
			p.title = v
		case "Tags":
			p.tags = tagList(v)
		case "Body":
			p.body = v
		case "CreationDate":
			p.created = v
		case "ContentLicense":
			p.license = v
		}
	}
	switch {
	case err != nil:
	case kind == "" || p.id <= 0:
		err = errors.New("a row without PostTypeId and Id: want Posts.xml of Stack Exchange")
	case kind == "1":
		p.question = p.id
		skip = s.settings.MinQuestionScore.Below("question score", float64(p.score)).Rule
	case kind == "2":
		p.answer = true
		skip = s.settings.MinAnswerScore.Below("answer score", float64(p.score)).Rule
	default:
		skip = "post type"
	}
	return p, skip, err
}

// tagList is the tags of <a><b> or |a|b| as a, b.
func tagList(v string) string {
	return strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == '<' || r == '>' || r == '|' }), ",")
}

// key orders questions by ID, and behind each its answers by falling score, then by ID.
func (p *post) key() extsort.Record {
	if !p.answer {
		return extsort.Record{uint64(p.question), 0, 0, 0}
	}
	return extsort.Record{uint64(p.question), 1, ^(uint64(p.score) ^ 1<<63), uint64(p.id)}
}

func (p *post) append(b []byte) []byte {
	for _, n := range []int64{p.score, p.accepted, p.record, p.offset} {
		b = binary.AppendVarint(b, n)
	}
	for _, s := range []string{p.title, p.tags, p.body, p.created, p.license} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// parsePost reads what append wrote; item is its own, so that it is not checked.
func parsePost(item extsort.Item) post {
	p := post{question: int64(item.Key[0]), id: int64(item.Key[3]), answer: item.Key[1] == 1}
	b := item.Data
	for _, n := range []*int64{&p.score, &p.accepted, &p.record, &p.offset} {
		v, k := binary.Varint(b)
		*n, b = v, b[k:]
	}
	for _, s := range []*string{&p.title, &p.tags, &p.body, &p.created, &p.license} {
		n, k := binary.Uvarint(b)
		*s, b = string(b[k:k+int(n)]), b[k+int(n):]
	}
	return p
}

// join gives a document for each question.
func (s *stackSource) join(ctx context.Context, shard corpus.Shard, posts *extsort.Items, feed stage.Feed) error {
	site := s.settings.Site
	if folder := path.Base(path.Dir(shard.Path)); site == "" && strings.Contains(folder, ".") && folder != "." && folder != ".." {
		site = strings.TrimSuffix(folder, "-Posts")
	}
	var q *question
	for item, err := range posts.Sorted() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("sorting %s in the temporary folder: %w", shard, err)
		}
		p := parsePost(item)
		switch {
		case !p.answer:
			if err := s.deliver(q, feed); err != nil {
				return err
			}
			q = newQuestion(p, site)
		case q == nil || q.post.question != p.question:
			feed.Skip("answer without its question")
		case int64(len(q.html)+len(p.body)) > s.env.RecordBytesMax:
			feed.Skip("answer beyond record_bytes_max")
		default:
			feed.Skip("answer, stands with its question")
			q.add(p)
		}
	}
	return s.deliver(q, feed)
}

// question is a question with the answers so far.
type question struct {
	post    post
	site    string
	answers int64
	html    []byte
}

func newQuestion(p post, site string) *question {
	q := &question{post: p, site: site}
	title := html.EscapeString(p.title)
	q.html = fmt.Appendf(nil, "<!doctype html><html><head><meta charset=\"utf-8\"><title>%s</title></head><body><h1>%s</h1>\n%s\n", title, title, p.body)
	return q
}

func (q *question) add(p post) {
	q.answers++
	q.html = append(append(append(q.html, "<hr>\n"...), p.body...), '\n')
}

// deliver gives a question to the feed.
func (s *stackSource) deliver(q *question, feed stage.Feed) error {
	switch {
	case q == nil:
		return nil
	case q.answers < int64(s.settings.MinAnswers):
		feed.Skip("answers")
		return nil
	}
	p := q.post
	d := &corpus.Document{Raw: append(q.html, "</body></html>\n"...), Media: "text/html", Charset: "utf-8",
		Origin: corpus.Origin{Record: p.record, Offset: p.offset}}
	if q.site != "" {
		d.ID = fmt.Sprintf("%s/q/%d", q.site, p.question)
		d.URL = fmt.Sprintf("https://%s/questions/%d", q.site, p.question)
	}
	created := corpus.Null
	if t, err := time.Parse("2006-01-02T15:04:05.999", p.created); err == nil {
		created = corpus.Value{Int: t.UnixMilli()}
	}
	accepted := corpus.Value{}
	if p.accepted > 0 {
		accepted.Int = 1
	}
	d.Cells = append(d.Cells, corpus.Value{Str: p.title}, corpus.Value{Str: p.tags}, corpus.Value{Int: p.score},
		corpus.Value{Int: q.answers}, accepted, created, corpus.StrOrNull(p.license))
	return feed.Document(d)
}
