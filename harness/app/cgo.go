package app

import "fmt"

// cgoPackages build without cgo and do not work then, or do not build at all. The
// first ones are, or pull in, a SQLite whose stub says "go-sqlite3 requires cgo to
// work" when it is opened.
var cgoPackages = []string{
	"github.com/mattn/go-sqlite3",
	"gorm.io/driver/sqlite",
	"github.com/jinzhu/gorm/dialects/sqlite",
	"github.com/mutecomm/go-sqlcipher",
	"github.com/confluentinc/confluent-kafka-go",
	"gocv.io/x/gocv",
	"github.com/h2non/bimg",
	"gopkg.in/gographics/imagick",
	"C",
}

// needsCGO notes the first import of such a package.
func (a *App) needsCGO(s *source) {
	for _, name := range cgoPackages {
		if note, found := s.importOf(name); found {
			a.NeedsCGO = true
			a.Notes = append(a.Notes, Note{fmt.Sprintf("cgo: %s does not work without it", note.What), note.Where})
			return
		}
	}
}
