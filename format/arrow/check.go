package arrow

import (
	"errors"
	"fmt"
)

// The library takes the lengths of lists in a schema as they stand there, and makes room
// for them: a damaged byte would take all memory. So a schema is looked through before.

// schemaDeep is how deep fields may lie in fields.
const schemaDeep = 64

// errSchema is a schema with more in it than its bytes can hold.
var errSchema = errors.New("a schema that says more than it holds")

// schemaCheck counts what the library will take from a schema.
type schemaCheck struct {
	b     []byte
	left  int // elements of lists
	texts int // bytes of names and notes
}

// checkSchema refuses a schema whose lists are longer than its bytes. It panics over a
// damaged one: see rescue.
func checkSchema(schema flat) error {
	c := &schemaCheck{b: schema.b, left: len(schema.b) / 4, texts: 4*len(schema.b) + 1<<20}
	if err := c.notes(schema, 2); err != nil {
		return err
	}
	return c.fields(schema, 1, 0)
}

// list counts a list of a table.
func (c *schemaCheck) list(t flat, slot int) (at, n int, err error) {
	at, n = t.vector(slot)
	if c.left -= n; n < 0 || c.left < 0 {
		return 0, 0, errSchema
	}
	return at, n, nil
}

func (c *schemaCheck) fields(t flat, slot, depth int) error {
	at, n, err := c.list(t, slot)
	if err != nil || depth > schemaDeep {
		return errors.Join(err, errIf(depth > schemaDeep, errSchema))
	}
	for i := range n {
		f := flat{c.b, at + 4*i + int(u32(c.b, at+4*i))}
		c.text(f, 0)
		if f.byte(2) == unionType {
			if _, _, err := c.list(f.table(3), 1); err != nil {
				return err
			}
		}
		if err := errors.Join(c.notes(f, 6), c.fields(f, 5, depth+1)); err != nil {
			return err
		}
	}
	return nil
}

// unionType is the number of the type that has a list of its own.
const unionType = 14

func errIf(wrong bool, err error) error {
	if wrong {
		return err
	}
	return nil
}

// text counts a text of a table.
func (c *schemaCheck) text(t flat, slot int) {
	_, n := t.vector(slot)
	c.texts -= max(n, 0)
}

// notes counts the names and values of metadata.
func (c *schemaCheck) notes(t flat, slot int) error {
	at, n, err := c.list(t, slot)
	for i := range n {
		kv := flat{c.b, at + 4*i + int(u32(c.b, at+4*i))}
		c.text(kv, 0)
		c.text(kv, 1)
	}
	return errors.Join(err, errIf(c.texts < 0, errSchema))
}

// checkVariadic refuses a batch that says of columns of views more buffers than there are.
func (h *head) checkVariadic(batch flat) error {
	at, n := batch.vector(4)
	if n > len(h.meta)/8 {
		return fmt.Errorf("a message of %d bytes with %d counts of buffers", len(h.meta), n)
	}
	for i := range n {
		if count := int64(u64(h.meta, at+8*i)); count < 0 || count > int64(len(h.buffers)) {
			return fmt.Errorf("a column of %d buffers in a message of %d", count, len(h.buffers))
		}
	}
	return nil
}

// limited is the memory of the library: what a message needs, and no more whatever it says.
type limited struct{ left int64 }

func (l *limited) Allocate(size int) []byte {
	if l.left -= int64(size); size < 0 || l.left < 0 {
		panic("more data than the message has")
	}
	return make([]byte, size)
}

// Reallocate implements memory.Allocator.
func (l *limited) Reallocate(size int, b []byte) []byte {
	c := l.Allocate(size)
	copy(c, b)
	return c
}

// Free implements memory.Allocator.
func (l *limited) Free([]byte) {}
