package jinja

import (
	"strings"
	"time"
)

// layouts are the directives of strftime in the C locale, as Go spells them.
var layouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'c': "Mon Jan _2 15:04:05 2006", 'd': "02",
	'D': "01/02/06", 'e': "_2", 'F': "2006-01-02", 'h': "Jan", 'H': "15", 'I': "03", 'j': "002", 'm': "01",
	'M': "04", 'p': "PM", 'S': "05", 'T': "15:04:05", 'x': "01/02/06", 'X': "15:04:05", 'y': "06", 'Y': "2006",
	'z': "-0700", 'Z': "MST",
}

// unpadded are those with a minus before them.
var unpadded = map[byte]string{'d': "2", 'H': "15", 'I': "3", 'm': "1", 'M': "4", 'S': "5"}

// strftime formats as C does. What it does not know stands for itself.
func strftime(t time.Time, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		if layout, ok := layouts[format[i]]; ok {
			b.WriteString(t.Format(layout))
			continue
		}
		if format[i] == '-' && i+1 < len(format) {
			if layout, ok := unpadded[format[i+1]]; ok {
				i++
				b.WriteString(strings.TrimPrefix(t.Format(layout), "0"))
				continue
			}
		}
		if format[i] != '%' {
			b.WriteByte('%')
		}
		b.WriteByte(format[i])
	}
	return b.String()
}
