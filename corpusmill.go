// Package corpusmill is the whole program as a library: the list of stages, and
// Main for programs that add stages of their own.
package corpusmill

//go:generate go run ./tools/docgen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/corpusmill/corpusmill/cli"
	"github.com/corpusmill/corpusmill/crawl"
	"github.com/corpusmill/corpusmill/crawl/consent"
	"github.com/corpusmill/corpusmill/datagen"
	"github.com/corpusmill/corpusmill/dedup"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/jsonl"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/pipelines"
	"github.com/corpusmill/corpusmill/pipelines/demo"
	"github.com/corpusmill/corpusmill/pipelines/demo/files"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/language"
	"github.com/corpusmill/corpusmill/purify/pii"
	"github.com/corpusmill/corpusmill/purify/repair"
	"github.com/corpusmill/corpusmill/purify/spam"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/sizing"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3"
	"github.com/corpusmill/corpusmill/store/web"
	"github.com/corpusmill/corpusmill/tokencount"
	"github.com/corpusmill/corpusmill/tokenshards"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/latex"
	"github.com/corpusmill/corpusmill/transform/markdown"
	"github.com/corpusmill/corpusmill/transform/office"
	"github.com/corpusmill/corpusmill/transform/pdf"
	"github.com/corpusmill/corpusmill/transform/qa"
	"github.com/corpusmill/corpusmill/transform/wikitext"
)

// Stages is the list of stages, in the order of the documentation. A new stage is
// one file in its family, which has its definition, and one line here.
func Stages() []stage.Def {
	return []stage.Def{
		purify.URLBlocklistDef,
		consent.Def,
		office.OfficeTextDef,
		markdown.MarkdownTextDef,
		latex.LaTeXTextDef,
		wikitext.WikiTextDef,
		pdf.PDFTextDef,
		qa.QAExtractDef,
		transform.HTMLTextDef,
		repair.Def,
		language.Def,
		purify.GopherRepetitionDef,
		purify.GopherQualityDef,
		purify.C4QualityDef,
		purify.FineWebQualityDef,
		purify.ChineseTrimDef,
		spam.ChineseSpamDef,
		purify.ChineseQualityDef,
		purify.ChineseGradeDef,
		purify.GenreDef,
		purify.ChineseConvertDef,
		purify.QualityClassifierDef,
		purify.ClassifyDef,
		purify.PerplexityDef,
		purify.EmbeddingClassifierDef,
		purify.QualityClassDef,
		purify.SampleDef,
		purify.HostAuditDef,
		purify.ScriptQualityDef,
		datagen.RephraseDef,
		datagen.GenerateDef,
		dedup.ExactDedupDef,
		dedup.LineDedupDef,
		dedup.MinHashDef,
		purify.RejectDef,
		pii.Def,
		tokencount.TokenCountDef,
		stage.CheckpointDef,
		stage.SwitchDef,
	}
}

// Sources is the list of sources.
func Sources() []stage.Def {
	return []stage.Def{
		gather.WARCDef,
		gather.CommonCrawlDef,
		gather.JSONLDef,
		gather.ParquetDef,
		gather.ArrowDef,
		gather.TextDef,
		gather.HTMLDef,
		gather.DocumentsDef,
		gather.MediaWikiDef,
		gather.StackExchangeDef,
	}
}

// Sinks is the list of sinks.
func Sinks() []stage.Def {
	return []stage.Def{
		parquet.Def,
		jsonl.Def,
		arrow.Def,
		tokenshards.MegatronDef,
		tokenshards.NanotronDef,
	}
}

// App puts the lists together with more stages of the caller's.
func App(more ...stage.Def) *run.App {
	size, crawler := stage.DefineOpen("sizing", 1, openSizing), stage.DefineOpen("crawl", 1, openCrawl)
	return &run.App{
		Version: Version,
		Sources: Sources(),
		Stages:  append(Stages(), more...),
		Sinks:   Sinks(),
		Rejects: parquet.Def,
		Setters: map[string][]string{"text": {"html_text", "pdf_text", "office_text", "markdown_text", "latex_text", "wiki_text"}, "lang": {"language"}, "lang_score": {"language"}, "tokens": {"token_count"}},
		Sizing:  &size,
		Crawl:   &crawler,
		Stores:  stores,
		Recipe:  pipelines.Recipe,
		Recipes: pipelines.Names(),
		Lookup:  os.LookupEnv,
		Languages: func(ctx context.Context, env *stage.Env) (stage.Linguist, error) {
			return language.Open(ctx, language.Language{}, env)
		},
	}
}

// stores are the places beside local folders.
func stores(server store.Server) store.Schemes {
	client := web.New(web.Settings{UserAgent: "corpusmill/" + Version})
	return store.Schemes{
		s3.Scheme:       s3.Opener(s3.Settings{Server: server}),
		s3.SchemeGoogle: s3.Google(s3.Settings{AccessKey: os.Getenv("GS_ACCESS_KEY_ID"), SecretKey: os.Getenv("GS_SECRET_ACCESS_KEY")}),
		web.Scheme:      client.Open,
		web.SchemePlain: client.Open,
		web.SchemeHub:   client.Hub(func() (web.Hub, error) { return web.HubOf(os.LookupEnv) }),
		"embedded:":     store.Embedded(map[string]store.Store{"demo": store.FS(demo.Files, "embedded:demo"), "files": store.FS(files.Files, "embedded:files")}),
	}
}

// Version is the version of the program.
const Version = "0.1.0"

// Main is the program: it reads the command line and exits. A program with stages
// of its own hands their definitions over.
func Main(more ...stage.Def) {
	app := App(more...)
	if info, ok := debug.ReadBuildInfo(); ok {
		app.Version += programOf(info.Main)
	}
	os.Exit(cli.Run(context.Background(), app, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// modulePath is that of this module.
const modulePath = "github.com/corpusmill/corpusmill"

// programOf names the program of another module, with its version, behind ours.
func programOf(m debug.Module) string {
	if m.Path == "" || m.Path == modulePath {
		return ""
	}
	return fmt.Sprintf(" in %s %s", m.Path, cmp.Or(m.Version, "(devel)"))
}

// openSizing joins the sizing package to the engine.
func openSizing(_ context.Context, cfg sizing.Config, _ *stage.Env) (sizer, error) {
	return sizer{cfg}, nil
}

type sizer struct{ cfg sizing.Config }

// Size implements run.Sizer.
func (s sizer) Size(tokens int64) (any, []string, error) {
	v, err := sizing.Size(sizing.Tokens(tokens), s.cfg)
	if err != nil {
		return nil, nil, err
	}
	return v, v.Sentences(), nil
}

// openCrawl joins the crawler to the engine.
func openCrawl(_ context.Context, s crawl.Settings, env *stage.Env) (gatherer, error) {
	return gatherer{s, env}, nil
}

type gatherer struct {
	settings crawl.Settings
	env      *stage.Env
}

// Gather implements run.Gatherer.
func (g gatherer) Gather(ctx context.Context, say func(line string)) (files []run.GatheredFile, err error) {
	c, err := crawl.Open(g.settings, crawl.Options{Version: Version, Log: g.env.Log, Progress: func(p crawl.Progress) { say(p.String()) }})
	if errors.Is(err, crawl.ErrInUse) {
		err = fmt.Errorf("%w: %w", run.ErrLocked, err)
	}
	if err != nil {
		return nil, err
	}
	err = c.Run(ctx)
	report, closing := c.Close()
	for _, a := range report.Archives {
		files = append(files, run.GatheredFile{Name: a.Name, SHA256: a.SHA256})
	}
	return files, errors.Join(err, closing)
}
