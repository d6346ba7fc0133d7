package datagen

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/stage"
)

//go:embed recipes/*.txt recipes/*.json
var recipeFiles embed.FS

// prompt is a file with what a model is told: messages, each a template.
type prompt struct {
	messages []message
	digest   string // SHA-256 of the file, in hexadecimal
}

type message struct {
	role string
	*template
}

// roles are those of the lines that begin a message: [system], [user], [assistant].
var roles = []string{"system", "user", "assistant"}

// parsePrompt reads a prompt: messages behind lines such as [system] and [user], or, without
// any, one of the user.
func parsePrompt(text string) (*prompt, error) {
	sum := sha256.Sum256([]byte(text))
	p := &prompt{digest: hex.EncodeToString(sum[:])}
	role, from, number := "", 0, 0
	lines := strings.SplitAfter(strings.TrimPrefix(text, "\uFEFF"), "\n")
	add := func(to int) error {
		body := strings.TrimSpace(strings.Join(lines[from:to], ""))
		if body == "" {
			if role == "" {
				return nil
			}
			return fmt.Errorf("line %d: the message [%s] is empty", number, role)
		}
		t, err := parseTemplate(body)
		if err != nil {
			return fmt.Errorf("message %d: %w", len(p.messages)+1, err)
		}
		if role == "" {
			role = "user"
		}
		p.messages = append(p.messages, message{role, t})
		return nil
	}
	for i, line := range lines {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "[")
		name, closed := strings.CutSuffix(name, "]")
		if !ok || !closed || !slices.Contains(roles, name) {
			continue
		}
		if i > 0 || role != "" {
			if err := add(i); err != nil {
				return nil, err
			}
		}
		role, from, number = name, i+1, i+1
	}
	if err := add(len(lines)); err != nil {
		return nil, err
	}
	if len(p.messages) == 0 {
		return nil, errors.New("it is empty")
	}
	if p.messages[len(p.messages)-1].role == "system" {
		return nil, errors.New("it ends with [system]: want [user] behind it")
	}
	return p, nil
}

// fields are those of all messages.
func (p *prompt) fields() (names []string) {
	for _, m := range p.messages {
		names = append(names, m.fields()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// literals is all that a model is told beside the fields.
func (p *prompt) literals() string {
	var b strings.Builder
	for _, m := range p.messages {
		b.WriteString(m.literals())
		b.WriteByte('\n')
	}
	return b.String()
}

// prompts are a prompt in the languages that it has: that of a text's script, or else the
// first.
type prompts struct {
	id     string
	digest string
	base   *prompt
	zh     *prompt // of texts in Chinese characters; nil is base
}

// openPrompts opens a recipe by its name, or a file, and the file for Chinese texts if there
// is one.
func openPrompts(ctx context.Context, name, chinese string, r *recipe, env *stage.Env) (*prompts, error) {
	p := &prompts{id: name}
	var err error
	if r != nil {
		if p.base, err = recipePrompt(name + ".en.txt"); err == nil {
			p.zh, err = recipePrompt(name + ".zh.txt")
		}
	} else {
		p.id = path.Base(name)
		p.base, err = promptFile(ctx, name, env)
	}
	if err == nil && chinese != "" {
		p.zh, err = promptFile(ctx, chinese, env)
	}
	if err != nil {
		return nil, err
	}
	p.digest = p.base.digest
	if p.zh != nil {
		sum := sha256.Sum256([]byte(p.base.digest + p.zh.digest))
		p.digest = hex.EncodeToString(sum[:])
	}
	return p, nil
}

func recipePrompt(file string) (*prompt, error) {
	b, err := recipeFiles.ReadFile("recipes/" + file)
	if err != nil {
		return nil, err
	}
	p, err := parsePrompt(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

func promptFile(ctx context.Context, name string, env *stage.Env) (*prompt, error) {
	b, err := readFile(ctx, name, env)
	if errors.Is(err, fs.ErrNotExist) {
		if near := config.Nearest(name, recipeNames()); near != "" {
			return nil, fmt.Errorf("prompt: %s: no such file, and no such recipe; did you mean %q?", name, near)
		}
		return nil, fmt.Errorf("prompt: %s: no such file, and no such recipe; recipes are %s", name, strings.Join(recipeNames(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("prompt: %w", err)
	}
	p, err := parsePrompt(string(b))
	if err != nil {
		return nil, fmt.Errorf("prompt: %s: %w", name, err)
	}
	return p, nil
}

// readFile reads a small file whole.
func readFile(ctx context.Context, name string, env *stage.Env) ([]byte, error) {
	f, err := env.OpenFile(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, listBytesMax+1))
	if err == nil && len(b) > listBytesMax {
		err = fmt.Errorf("%s: more than %d bytes", name, listBytesMax)
	}
	return b, err
}

// listBytesMax bounds a prompt, a schema and a list.
const listBytesMax = 64 << 20
