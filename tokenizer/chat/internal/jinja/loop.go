package jinja

// loop is the variable of that name: where a for statement is.
type loop struct {
	list List
	at   int
}

// get returns an attribute.
func (l *loop) get(name string) (any, bool) {
	n := len(l.list)
	switch name {
	case "index":
		return int64(l.at + 1), true
	case "index0":
		return int64(l.at), true
	case "revindex":
		return int64(n - l.at), true
	case "revindex0":
		return int64(n - l.at - 1), true
	case "first":
		return l.at == 0, true
	case "last":
		return l.at == n-1, true
	case "length":
		return int64(n), true
	case "previtem":
		return l.neighbour(l.at - 1), true
	case "nextitem":
		return l.neighbour(l.at + 1), true
	case "cycle":
		return callable(func(_ *machine, a *args) (any, error) {
			if len(a.list) == 0 {
				return nil, &Error{"no items for cycling given"}
			}
			return a.list[l.at%len(a.list)], nil
		}), true
	}
	return nil, false
}

func (l *loop) neighbour(i int) any {
	if i < 0 || i >= len(l.list) {
		return Undefined{"there is no such item"}
	}
	return l.list[i]
}
