// Package wire fetches pages and keeps what went over the connection: the bytes of a request
// as they were sent and those of its response as they were received, so that an archive can
// hold them. It speaks HTTP/1.1, asks for gzip or no coding at all, and goes where
// [outbound.Allow] lets it go.
//
// An [Exchange] is one request and its response. What is in order, case and number of the
// header lines, folded lines, chunks and bytes above 0x7F, stands in [Exchange.Response].
// Redirects are answers like any other, and are not followed.
//
// Everything that a server decides has a limit: the head in bytes and lines, the body on the
// wire and decoded, and time, in total, between bytes, and by the rate. A body that reaches a
// limit is cut, and [Exchange.Truncated] says which one; a head that does is an [Error].
package wire
