package claims

import (
	"bytes"
	"context"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/store"
)

// memory is a store without a disk: simulations put thousands of objects.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func newMemory() *memory { return &memory{objects: map[string][]byte{}} }

func (m *memory) String() string { return "memory" }

func (m *memory) List(_ context.Context, prefix string) iter.Seq2[store.Object, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := slices.Sorted(maps.Keys(m.objects))
	return func(yield func(store.Object, error) bool) {
		for _, name := range names {
			if strings.HasPrefix(name, prefix) && !yield(store.Object{Name: name}, nil) {
				return
			}
		}
	}
}

func (m *memory) get(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.objects[name]
	if !ok {
		return nil, store.ErrNotExist
	}
	return b, nil
}

func (m *memory) Stat(_ context.Context, name string) (store.Object, error) {
	b, err := m.get(name)
	return store.Object{Name: name, Size: int64(len(b))}, err
}

func (m *memory) Open(_ context.Context, name string) (io.ReadCloser, error) {
	b, err := m.get(name)
	return io.NopCloser(bytes.NewReader(b)), err
}

func (m *memory) OpenRange(ctx context.Context, name string, _, _ int64) (io.ReadCloser, error) {
	return m.Open(ctx, name)
}

func (m *memory) Create(_ context.Context, name string) (store.Writer, error) {
	return &memoryWriter{m: m, name: name}, nil
}

type memoryWriter struct {
	bytes.Buffer
	m    *memory
	name string
}

func (w *memoryWriter) Commit(context.Context) (store.Object, error) {
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	w.m.objects[w.name] = w.Bytes()
	return store.Object{Name: w.name}, nil
}

func (w *memoryWriter) Abort() error { return nil }

func (m *memory) PutIfAbsent(_ context.Context, name string, data []byte) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[name]; ok {
		return false, nil
	}
	m.objects[name] = data
	return true, nil
}

func (m *memory) Remove(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, name)
	return nil
}
