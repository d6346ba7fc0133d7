package archive

import "os"

// Abandon leaves the archive as a kill does.
func (a *Archive) Abandon() { a.abandon() }

// Swap puts another file in the place of the open one.
func (a *Archive) Swap(f *os.File) { a.open.f = f }
