package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// member is a key of a JSON object with its value; a slice of them keeps the
// order in which a struct's fields were written, which a map would lose.
type member struct {
	key   string
	value any // nil, bool, json.Number, string, []any or []member
}

// JSON redacts a JSON document. It knows which key a string belongs to, so it
// finds more than Text does, and what it gives is always valid JSON.
func (r *Redactor) JSON(data []byte) ([]byte, error) {
	if !json.Valid(data) { // also bounds the depth, which readTree does not
		return nil, errors.New("read JSON: not valid")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	tree, err := readTree(dec)
	if err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	var b bytes.Buffer
	if err := writeTree(&b, r.tree("", tree)); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return b.Bytes(), nil
}

// tree redacts a value that stands under this key.
func (r *Redactor) tree(key string, v any) any {
	switch v := v.(type) {
	case string:
		return r.leaf(key, v)
	case json.Number:
		if keyKind(key) == KindPassword {
			return mark(KindPassword)
		}
		if text := r.Text(v.String()); text != v.String() {
			return text
		}
		return v
	case []any:
		next := "" // the kind of secret that the next argument of a command line is
		for i := range v {
			text, isText := v[i].(string)
			if isText && next != "" && !strings.HasPrefix(text, "-") && !benign(text) {
				v[i], next = mark(next), ""
				continue
			}
			next = secretFlag(text)
			v[i] = r.tree(key, v[i])
		}
		return v
	case []member:
		// {"name": "DB_PASSWORD", "value": "..."}, as Kubernetes lists an environment.
		name := ""
		for _, m := range v {
			if s, ok := m.value.(string); ok && (strings.EqualFold(m.key, "name") || strings.EqualFold(m.key, "key")) {
				name = s
			}
		}
		for i, m := range v {
			under := m.key
			if strings.EqualFold(m.key, "value") && name != "" {
				under = name
			}
			v[i] = member{key: r.Text(m.key), value: r.tree(under, m.value)}
		}
		return v
	}
	return v
}

func (r *Redactor) leaf(key, s string) string {
	text := r.Text(s)
	if benign(text) {
		return text
	}
	if kind := keyKind(key); kind != "" {
		pwd := strings.HasSuffix(strings.ToLower(key), "pwd") && strings.HasPrefix(text, "/")
		if !pwd {
			return mark(kind)
		}
	}
	switch headerKind(key) {
	case KindCookie:
		return cookies(text, strings.EqualFold(key, "set-cookie"))
	case KindAuthorization:
		scheme := authScheme.FindString(text)
		if benign(text[len(scheme):]) {
			return text
		}
		return scheme + mark(KindAuthorization)
	}
	return text
}

func readTree(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if delim == '[' {
		list := []any{}
		for dec.More() {
			v, err := readTree(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	object := []member{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := readTree(dec)
		if err != nil {
			return nil, err
		}
		object = append(object, member{key: fmt.Sprint(key), value: v})
	}
	_, err = dec.Token()
	return object, err
}

func writeTree(b *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeTree(b, item); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case []member:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + jsonEscape(m.key) + `":`)
			if err := writeTree(b, m.value); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	case string:
		b.WriteString(`"` + jsonEscape(v) + `"`)
	default:
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		b.Write(data)
	}
	return nil
}
