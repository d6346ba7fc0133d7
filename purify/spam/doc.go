// Package spam cuts the spam of Chinese web pages, line by line, by the words of its lists
// (folder lists, each entry with its source) and by the shape of lists of keywords and
// cities. What words mean here is in lists/README.md.
package spam
