package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/purify/language"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
)

// fileGroup is files of one ending that a pattern matches.
type fileGroup struct {
	pattern string
	files   []string
	bytes   int64
}

// localFiles groups what a path names by its endings: a file, a folder, or a pattern.
func localFiles(path string) ([]*fileGroup, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path, "*?[{") {
		files, err := filepath.Glob(path)
		if err != nil || len(files) == 0 && !strings.Contains(path, "**") && !strings.Contains(path, "{") {
			return nil, usageError{fmt.Errorf("%s: no file matches", path)}
		}
		if len(files) == 0 { // a pattern that only sources know
			if files, err = walk(strings.TrimRight(path[:strings.IndexAny(path, "*?[{")], "/"), filepath.Ext(path)); err != nil {
				return nil, err
			}
		}
		g := &fileGroup{pattern: path}
		for _, f := range files {
			g.add(f)
		}
		return []*fileGroup{g}, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageError{fmt.Errorf("%s: no such file or folder", path)}
	}
	if err != nil {
		return nil, usageError{err}
	}
	if !info.IsDir() {
		g := &fileGroup{pattern: escaped(path)}
		g.add(path)
		return []*fileGroup{g}, nil
	}
	files, err := walk(path, "")
	if err != nil {
		return nil, err
	}
	byEnding := map[string]*fileGroup{}
	for _, f := range files {
		end := ending(f)
		if byEnding[end] == nil {
			byEnding[end] = &fileGroup{pattern: escaped(filepath.Clean(path)) + "/**/*" + end}
		}
		byEnding[end].add(f)
	}
	var list []*fileGroup
	for _, end := range sortedKeys(byEnding) {
		list = append(list, byEnding[end])
	}
	return list, nil
}

func (g *fileGroup) add(file string) {
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
		g.files = append(g.files, file)
		g.bytes += info.Size()
	}
}

// walk lists the files below a folder, but hidden ones and those that runs keep for
// themselves.
func walk(dir, end string) (files []string, err error) {
	seen := 0
	err = filepath.WalkDir(cmp.Or(dir, "."), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if seen++; seen > walkedMax {
			return fs.SkipAll
		}
		hidden := strings.HasPrefix(d.Name(), ".") && path != "." || strings.HasPrefix(d.Name(), "_")
		switch {
		case hidden && d.IsDir() && path != dir:
			return fs.SkipDir
		case d.IsDir() || hidden || !strings.HasSuffix(path, end):
			return nil
		}
		files = append(files, path)
		return nil
	})
	return files, err
}

// ending is the end of a name by which a pattern finds files like it: .warc.gz.
func ending(file string) string {
	base := filepath.Base(file)
	end := filepath.Ext(base)
	switch end {
	case ".gz", ".zst", ".bz2", ".xz":
		return filepath.Ext(strings.TrimSuffix(base, end)) + end
	}
	if end == "" || end == base {
		return ""
	}
	return end
}

// escaped makes a path a pattern that matches itself.
func escaped(path string) string {
	var b strings.Builder
	for _, r := range filepath.ToSlash(path) {
		if strings.ContainsRune(`\*?[]{}`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// kind tells by the bytes of some files which source reads them; "" for none.
func (g *fileGroup) kind(ctx context.Context) (string, error) {
	for _, f := range g.files[:min(len(g.files), lookedFiles)] {
		h, err := head(ctx, f)
		if err != nil {
			return "", err
		}
		if kind := kindOf(f, h); kind != "" {
			return kind, nil
		}
	}
	return "", nil
}

func kindOf(file string, head []byte) string {
	start := head[:min(len(head), 4096)]
	switch {
	case len(head) == 0:
		return ""
	case isWARC(file, head):
		return "warc"
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "parquet"
	case bytes.HasPrefix(head, []byte("ARROW1")), bytes.HasPrefix(head, []byte("\xff\xff\xff\xff")):
		return "arrow"
	case bytes.Contains(start, []byte("<mediawiki")):
		return "mediawiki"
	case bytes.Contains(start, []byte("<posts>")):
		return "stackexchange"
	case isJSONL(file, head), isObject(head):
		return "jsonl"
	}
	switch m := format.Media(head); m {
	case format.MediaHTML, format.MediaXHTML:
		return "html"
	case format.MediaText:
		if strings.HasSuffix(strings.ToLower(file), ".xml") {
			return ""
		}
		return "text"
	default:
		if slices.Contains(format.DocumentMedia, m) {
			return "documents"
		}
	}
	return ""
}

// isObject reports whether a file begins with an object of JSON, alone or in an array, of
// whatever fields.
func isObject(head []byte) bool {
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("[")))
	if !bytes.HasPrefix(head, []byte("{")) {
		return false
	}
	err := json.NewDecoder(bytes.NewReader(head)).Decode(&map[string]json.RawMessage{})
	return err == nil || errors.Is(err, io.ErrUnexpectedEOF) && len(head) > sniffBytes/2
}

// Names by which columns of texts, identifiers and addresses go, the likeliest first.
var (
	textNames = []string{"text", "content", "raw_content", "body", "document", "article", "markdown", "page_content", "raw_text", "fulltext", "full_text", "正文", "文本", "内容"}
	idNames   = []string{"id", "doc_id", "docid", "_id", "uuid", "guid", "document_id", "warc_record_id", "key", "编号"}
	urlNames  = []string{"url", "uri", "link", "href", "source_url", "page_url", "web_url", "target_uri", "address", "链接"}
)

// lookInto finds columns, and the languages of a sample.
func (p *program) lookInto(ctx context.Context, s *found) error {
	var err error
	switch s.kind {
	case "parquet":
		s.columns, err = parquetColumns(s.samples)
	case "arrow":
		s.columns, err = arrowColumns(s.samples)
	case "jsonl":
		s.columns, err = jsonColumns(ctx, s.samples)
	}
	if err != nil {
		return err
	}
	var texts []string
	if s.kind == "parquet" || s.kind == "arrow" || s.kind == "jsonl" {
		texts, err = s.chooseColumns(ctx)
	} else {
		texts, err = p.sampleTexts(ctx, s)
	}
	if err != nil {
		return err
	}
	s.texts = len(texts)
	s.langs, err = languagesOf(ctx, texts)
	return err
}

func parquetColumns(files []string) (list []foundColumn, err error) {
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		r, err := parquet.NewReader(f, info.Size(), recordBytesMax)
		if err != nil { // the next may be whole
			_ = f.Close()
			continue
		}
		for i, name := range r.Names() {
			list = append(list, foundColumn{name: name, kind: r.Type(i), text: r.IsText(i)})
		}
		return list, errors.Join(r.Close(), f.Close())
	}
	return nil, nil
}

func arrowColumns(files []string) (list []foundColumn, err error) {
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		r, err := arrow.NewReader(arrow.Input{Size: info.Size(), Open: func(offset int64) (io.ReadCloser, error) {
			f, err := os.Open(file)
			if err == nil {
				_, err = f.Seek(offset, io.SeekStart)
			}
			return f, err
		}})
		if err != nil {
			continue
		}
		for i, name := range r.Names() {
			list = append(list, foundColumn{name: name, kind: r.Type(i), text: r.IsText(i)})
		}
		return list, r.Close()
	}
	return nil, nil
}

// jsonSampled is how many records tell the fields.
const jsonSampled = 50

func jsonColumns(ctx context.Context, files []string) (list []foundColumn, err error) {
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		in, err := format.Decompress(ctx, f, stage.NewEnv())
		if err != nil {
			continue
		}
		r := bufio.NewReader(io.LimitReader(in, sampleBytes))
		if b, err := r.Peek(1); err == nil && b[0] == '[' {
			_, _ = r.Discard(1)
		}
		dec := json.NewDecoder(r)
		for range jsonSampled {
			var fields map[string]any // a few records
			if dec.Decode(&fields) != nil {
				break
			}
			for _, name := range sortedKeys(fields) {
				if !slices.ContainsFunc(list, func(c foundColumn) bool { return c.name == name }) && fields[name] != nil {
					list = append(list, jsonColumn(name, fields[name])...)
				}
			}
		}
		if err := in.Close(); err != nil {
			return nil, err
		}
		if len(list) > 0 {
			break
		}
	}
	return list, nil
}

func jsonColumn(name string, v any) []foundColumn {
	switch v := v.(type) {
	case string:
		return []foundColumn{{name, "string", true}}
	case bool:
		return []foundColumn{{name, "bool", false}}
	case float64:
		if v == float64(int64(v)) {
			return []foundColumn{{name, "int", false}}
		}
		return []foundColumn{{name, "float", false}}
	case map[string]any:
		list := []foundColumn{{name, "json", false}}
		for _, key := range sortedKeys(v) {
			if _, ok := v[key].(string); ok && !strings.Contains(key, ".") {
				list = append(list, foundColumn{name + "." + key, "string", true})
			}
		}
		return list
	}
	return []foundColumn{{name, "json", false}}
}

// chooseColumns finds the columns of text, identifier and address, and returns texts.
func (s *found) chooseColumns(ctx context.Context) ([]string, error) {
	byName := func(names []string, wanted func(foundColumn) bool) string {
		for _, n := range names {
			for _, c := range s.columns {
				last := c.name[strings.LastIndexByte(c.name, '.')+1:]
				if (strings.EqualFold(c.name, n) || strings.EqualFold(last, n)) && wanted(c) {
					return c.name
				}
			}
		}
		return ""
	}
	s.id = byName(idNames, func(c foundColumn) bool { return !strings.Contains(c.name, ".") && c.kind != "json" })
	s.url = byName(urlNames, func(c foundColumn) bool { return c.text })
	s.text = byName(textNames, func(c foundColumn) bool { return c.text })
	if s.text != "" {
		texts, err := s.read(ctx, s.text)
		if err != nil {
			return nil, err
		}
		return texts, s.findAddress(ctx)
	}
	var best []string
	most := -1
	for _, c := range s.columns {
		if !c.text || c.name == s.url || c.name == s.id {
			continue
		}
		texts, err := s.read(ctx, c.name)
		if err != nil {
			return nil, err
		}
		if n := len(strings.Join(texts, "")) / max(len(texts), 1); n > most {
			s.text, best, most = c.name, texts, n
		}
	}
	if s.text == "" {
		return nil, usageError{fmt.Errorf("%s: no column holds text; there are: %s", s.samples[0], columnNames(s.columns))}
	}
	return best, s.findAddress(ctx)
}

// addressShare is the least share of addresses among the values of a column of addresses.
const addressShare = 0.9

// findAddress finds a column of addresses by its values where none has a name that says it:
// the one of the most different ones.
func (s *found) findAddress(ctx context.Context) error {
	if s.url != "" {
		return nil
	}
	most := 0
	for _, c := range s.columns {
		if !c.text || c.name == s.text || c.name == s.id {
			continue
		}
		values, err := s.read(ctx, c.name)
		if err != nil {
			return err
		}
		addresses := map[string]bool{}
		pages := 0
		for _, v := range values {
			if isPageAddress(v) {
				pages++
				addresses[v] = true
			}
		}
		if float64(pages) >= addressShare*float64(len(values)) && len(addresses) > most {
			s.url, s.urlByValues, most = c.name, true, len(addresses)
		}
	}
	return nil
}

// pictureEnds are the ends of addresses of what documents show.
var pictureEnds = []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".css", ".js"}

// isPageAddress reports whether a value is the address of a page, and not of a picture.
func isPageAddress(value string) bool {
	value = strings.TrimSpace(value)
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(value, " \t\n") {
		return false
	}
	return !slices.Contains(pictureEnds, strings.ToLower(path.Ext(u.Path)))
}

func columnNames(list []foundColumn) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// read reads texts of a column.
func (s *found) read(ctx context.Context, column string) (texts []string, err error) {
	env := stage.NewEnv()
	env.Name, env.RecordBytesMax = s.kind, recordBytesMax
	paths := make([]string, len(s.samples))
	for i, f := range s.samples {
		paths[i] = escaped(f)
	}
	var src stage.Source
	none := stage.Columns{Find: "none"}
	switch s.kind {
	case "parquet":
		src, err = gather.OpenParquet(ctx, gather.Parquet{Paths: paths, TextColumn: column, Columns: none}, env)
	case "arrow":
		src, err = gather.OpenArrow(ctx, gather.Arrow{Paths: paths, TextColumn: column, Columns: none}, env)
	default:
		src, err = gather.OpenJSONL(ctx, gather.JSONL{Paths: paths, TextField: column, Columns: none}, env)
	}
	if err != nil {
		return nil, withoutStage(err)
	}
	left := int64(sampleBytes)
	for d, err := range stage.Documents(ctx, src) {
		if err != nil {
			continue // of a damaged record or file the run tells
		}
		texts = append(texts, d.Text)
		if left -= int64(len(d.Text)); len(texts) == sampledTexts || left < 0 {
			break
		}
	}
	return texts, nil
}

// sampleTexts takes the text out of pages and documents.
func (p *program) sampleTexts(ctx context.Context, s *found) (texts []string, err error) {
	if s.kind == "mediawiki" || s.kind == "stackexchange" {
		return nil, nil
	}
	readers, err := openReaders(ctx, transform.HTMLText{})
	if err != nil {
		return nil, err
	}
	defer readers.pdf.Close() //nolint:errcheck // memory alone
	own := readers.fork()
	for _, file := range s.samples {
		err := p.pages(ctx, file, func(i item) error {
			if i.err != nil {
				return nil
			}
			if _, _, v, err := own.apply(i.doc); err == nil && v.Kept() && i.doc.Text != "" {
				texts = append(texts, i.doc.Text)
			}
			if len(texts) >= sampledTexts {
				return stopError{errStop}
			}
			return nil
		})
		if errors.Is(err, errStop) {
			break
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return texts, nil
}

// languagesOf names the languages of texts, the commonest first.
func languagesOf(ctx context.Context, texts []string) (list []langShare, err error) {
	if len(texts) == 0 {
		return nil, nil
	}
	st, err := language.Open(ctx, language.Language{}, stage.NewEnv())
	if err != nil {
		return nil, withoutStage(err)
	}
	defer st.Close() //nolint:errcheck // read only
	counts := map[string]int{}
	for _, t := range texts {
		lang, _ := st.Identify(t)
		counts[lang]++
	}
	for _, lang := range sortedKeys(counts) {
		list = append(list, langShare{lang, float64(counts[lang]) / float64(len(texts))})
	}
	slices.SortStableFunc(list, func(a, b langShare) int { return cmp.Compare(b.share, a.share) })
	return list, nil
}
