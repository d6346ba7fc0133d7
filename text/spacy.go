package text

func appendSpacy(dst []Word, text string) []Word { return appendUAX29(dst, text) }
