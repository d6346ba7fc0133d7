// Package phrases finds the phrases of a list in Chinese text, however they are written:
// simplified or traditional, full or half width, with blanks, zero-width characters or
// marks between their letters.
package phrases
