package diagnose

import (
	"strings"
	"sync"
)

// replaceMessages gives Go's own wording of the system's messages that stand in
// a text. Go has them in English always; shells, compilers and what is linked
// with cgo speak the language of their locale and the words of their C library,
// and Go on Windows those of the system.
func replaceMessages(text string) string { return messages().Replace(text) }

// message is an error of the system: as Go has it, and as others do.
type message struct {
	text   string
	others []string
}

var messages = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for _, list := range [][]message{translated, ofBash, otherLibraries, windows} {
		for _, m := range list {
			for _, other := range m.others {
				pairs = append(pairs, other, m.text)
			}
		}
	}
	return strings.NewReplacer(pairs...)
})

// translated are the messages of strerror(3) in Simplified and Traditional
// Chinese, Japanese, German, French, Spanish, Brazilian Portuguese, Russian,
// Korean and Italian, in this order, from the catalogues (libc.mo) of glibc 2.36
// in Debian's libc-l10n 2.36-9+deb12u14. A language whose message is the English
// one is left out.
var translated = []message{
	{"no such file or directory", []string{ // ENOENT
		"没有那个文件或目录", "沒有此一檔案或目錄", "そのようなファイルやディレクトリはありません", "Datei oder Verzeichnis nicht gefunden",
		"Aucun fichier ou dossier de ce type", "No existe el fichero o el directorio", "Arquivo ou diretório inexistente",
		"Нет такого файла или каталога", "그런 파일이나 디렉터리가 없습니다", "File o directory non esistente",
	}},
	{"permission denied", []string{ // EACCES
		"权限不够", "拒絕不符權限的操作", "許可がありません", "Keine Berechtigung", "Permission non accordée", "Permiso denegado", "Permissão negada",
		"Отказано в доступе", "허가 거부", "Permesso negato",
	}},
	{"operation not permitted", []string{ // EPERM
		"不允许的操作", "此項操作並不被允許", "許可されていない操作です", "Die Operation ist nicht erlaubt", "Opération non permise", "Operación no permitida", //nolint:misspell // another language
		"Operação não permitida", "Операция не позволена", "명령을 허용하지 않음", "Operazione non permessa",
	}},
	{"read-only file system", []string{ // EROFS
		"只读文件系统", "唯讀的檔案系統", "読み込み専用ファイルシステムです", "Das Dateisystem ist nur lesbar",
		"Système de fichiers accessible en lecture seulement", "Sistema de ficheros de sólo lectura",
		"Sistema de arquivos somente para leitura", "Файловая система доступна только для чтения", "읽기전용 파일 시스템",
		"File system in sola lettura",
	}},
	{"no space left on device", []string{ // ENOSPC
		"设备上没有空间", "裝置上已無多餘空間", "デバイスに空き領域がありません", "Auf dem Gerät ist kein Speicherplatz mehr verfügbar",
		"Aucun espace disponible sur le périphérique", "No queda espacio en el dispositivo",
		"Não há espaço disponível no dispositivo", "На устройстве не осталось свободного места", "장치에 남은 공간이 없음",
		"Spazio esaurito sul device",
	}},
	{"disk quota exceeded", []string{ // EDQUOT
		"超出磁盘限额", "磁碟配額已滿", "ディスク使用量制限を超過しました", "Der zugewiesene Plattenplatz (Quota) ist überschritten",
		"Débordement du quota d'espace disque", "Se ha excedido la cuota de disco", "Cota da disco excedida",
		"Превышена дисковая квота", "디스크 할당량이 초과됨", "Quota disco superata",
	}},
	{"address already in use", []string{ // EADDRINUSE
		"地址已在使用", "位址已經有在使用", "アドレスは既に使用中です", "Die Adresse wird bereits verwendet", "Adresse déjà utilisée",
		"La dirección ya se está usando", "Endereço já em uso", "Адрес уже используется", "주소가 이미 사용 중입니다", "Indirizzo già in uso",
	}},
	{"cannot assign requested address", []string{ // EADDRNOTAVAIL
		"无法指定被请求的地址", "無法指定所需的位址", "要求アドレスに割り当てられません", "Die angeforderte Adresse kann nicht zugewiesen werden",
		"Ne peut attribuer l'adresse demandée", "No se puede asignar la dirección solicitada",
		"Não foi possível acessar o endereço requisitado", "Невозможно назначить запрошенный адрес", "요청한 주소를 배정할 수 없습니다",
		"Impossibile assegnare l'indirizzo richiesto", //nolint:misspell // another language
	}},
	{"connection refused", []string{ // ECONNREFUSED
		"拒绝连接", "連線被拒絕", "接続を拒否されました", "Verbindungsaufbau abgelehnt", "Connexion refusée", "Conexión rehusada", "Conexão recusada",
		"В соединении отказано", "연결이 거부됨", "Connessione rifiutata",
	}},
	{"connection reset by peer", []string{ // ECONNRESET
		"连接被对方重设", "連線被對方重設", "接続が相手からリセットされました", "Die Verbindung wurde vom Kommunikationspartner zurückgesetzt",
		"Connexion ré-initialisée par le correspondant", "Conexión reinicializada por la máquina remota", //nolint:misspell // another language
		"Conexão fechada pela outra ponta", "Соединение разорвано другой стороной", "상대편이 연결을 끊음",
		"Connessione interrotta dal corrispondente",
	}},
	{"broken pipe", []string{ // EPIPE
		"断开的管道", "管線損壞", "Datenübergabe unterbrochen (broken pipe)", "Relais brisé (pipe)", "Tubería rota", "Pipe quebrado",
		"Обрыв канала", "파이프가 깨어짐", "Pipe interrotta",
	}},
	{"connection timed out", []string{ // ETIMEDOUT
		"连接超时", "連線超過時間", "接続がタイムアウトしました", "Die Wartezeit für die Verbindung ist abgelaufen",
		"Connexion terminée par expiration du délai d'attente", "Expiró el tiempo de conexión", "Tempo esgotado para conexão",
		"Время ожидания соединения истекло", "연결 시간 초과", "Connessione scaduta",
	}},
	{"no route to host", []string{ // EHOSTUNREACH
		"没有到主机的路由", "找不到通往該主機的路由路徑", "ホストへの経路がありません", "Keine Route zum Zielrechner",
		"Aucun chemin d'accès pour atteindre l'hôte cible", "No existe ninguna ruta hasta el `host'", "Não há rota para o host",
		"Нет маршрута до узла", "호스트로 갈 루트가 없음", "Nessun instradamento per l'host",
	}},
	{"network is unreachable", []string{ // ENETUNREACH
		"网络不可达", "無法接觸網路", "ネットワークに届きません", "Das Netzwerk ist nicht erreichbar", "Le réseau n'est pas accessible",
		"La red es inaccesible", "A rede está fora de alcance", "Сеть недоступна", "네트워크가 접근 불가능합니다", "La rete non è raggiungibile",
	}},
	{"exec format error", []string{ // ENOEXEC
		"可执行文件格式错误", "可執行檔格式錯誤", "実行形式エラー", "Fehler im Format der Programmdatei", "Erreur de format pour exec()",
		"Formato de ejecutable incorrecto", "Erro no formato exec", "Ошибка формата выполняемого файла", "Exec 형식 오류",
		"Formato eseguibile non valido",
	}},
	{"text file busy", []string{ // ETXTBSY
		"文本文件忙", "文字檔忙錄中", "テキストファイルがビジー状態です", "Das Programm kann nicht ausgeführt oder verändert werden (busy)",
		"Fichier texte occupé", "El fichero de texto está ocupado", "Área de texto ocupada", "Текстовый файл занят", "실행 파일 사용 중",
		"File di testo occupato", //nolint:misspell // another language
	}},
	{"is a directory", []string{ // EISDIR
		"是一个目录", "是個目錄", "ディレクトリです", "Ist ein Verzeichnis", "est un dossier", "Es un directorio", "É um diretório", "Это каталог",
		"디렉터리입니다", "È una directory",
	}},
	{"not a directory", []string{ // ENOTDIR
		"不是目录", "並不是一個目錄", "ディレクトリではありません", "Ist kein Verzeichnis", "N'est pas un dossier", "No es un directorio",
		"Não é um diretório", "Это не каталог", "디렉터리가 아닙니다", "Non è una directory",
	}},
	{"file exists", []string{ // EEXIST
		"文件已存在", "檔案已存在", "ファイルが存在します", "Die Datei existiert bereits", "Le fichier existe", "El fichero ya existe", "Arquivo existe",
		"Файл существует", "파일이 있습니다", "File già esistente",
	}},
	{"file name too long", []string{ // ENAMETOOLONG
		"文件名过长", "檔名太長", "ファイル名が長すぎます", "Der Dateiname ist zu lang", "Nom de fichier trop long", "Nombre de fichero demasiado largo",
		"Nome de arquivo muito longo", "Слишком длинное имя файла", "파일 이름이 너무 깁니다", "Nome del file troppo lungo",
	}},
	{"too many levels of symbolic links", []string{ // ELOOP
		"符号连接的层数过多", "太多層級的符號連結檔", "シンボリックリンクの階層が多すぎます", "Zu viele Ebenen aus symbolischen Links",
		"Trop de niveaux de liens symboliques", "Demasiados niveles de enlaces simbólicos", "Muitos níveis de links simbólicos",
		"Слишком много уровней символьных ссылок", "기호 연결의 단계가 너무 많음", "Troppi livelli di collegamenti simbolici",
	}},
	{"device or resource busy", []string{ // EBUSY
		"设备或资源忙", "裝置或系統資源忙碌中", "デバイスもしくはリソースがビジー状態です", "Das Gerät oder die Ressource ist belegt", "Périphérique ou ressource occupé",
		"Dispositivo o recurso ocupado", "Dispositivo ou recurso está ocupado", "Устройство или ресурс занято", "장치나 자원이 동작 중",
		"Dispositivo o risorsa occupata",
	}},
	{"too many open files", []string{ // EMFILE
		"打开的文件过多", "開啟太多檔案", "ファイルを開きすぎです", "Zu viele offene Dateien", "Trop de fichiers ouverts", "Demasiados ficheros abiertos",
		"Muitos arquivos abertos", "Слишком много открытых файлов", "열린 파일이 너무 많음", "Troppi file aperti",
	}},
	{"resource temporarily unavailable", []string{ // EAGAIN
		"资源暂时不可用", "資源暫時無法取得", "リソースが一時的に利用できません", "Die Ressource ist zur Zeit nicht verfügbar",
		"Ressource temporairement non disponible", "Recurso no disponible temporalmente", "Recurso temporariamente indisponível",
		"Ресурс временно недоступен", "자원이 일시적으로 사용 불가능함", "Risorsa temporaneamente non disponibile",
	}},
	{"cannot allocate memory", []string{ // ENOMEM
		"无法分配内存", "無法配置記憶體", "メモリを確保できません", "Nicht genügend Hauptspeicher verfügbar", "Ne peut allouer de la mémoire",
		"No se pudo asignar memoria", "Não foi possível alocar memória", "Невозможно выделить память", "메모리를 할당할 수 없습니다",
		"Impossibile allocare memoria", //nolint:misspell // another language
	}},
}

// ofBash are messages of Bash in some of the languages above (bash 5.2, po/).
var ofBash = []message{
	{"command not found", []string{
		"未找到命令", "找不到指令", "コマンドが見つかりません", "Befehl nicht gefunden.", "Befehl nicht gefunden", "Kommando nicht gefunden.",
		"Kommando nicht gefunden", "commande introuvable", "orden no encontrada", "команда не найдена", "명령어를 찾을 수 없음",
	}},
}

// otherLibraries are messages that musl and the C library of macOS word in
// another way than glibc (musl: src/errno/__strerror.h).
var otherLibraries = []message{
	{"address already in use", []string{"Address in use"}},
	{"cannot assign requested address", []string{"Address not available", "Can't assign requested address", "can't assign requested address"}},
	{"connection timed out", []string{"Operation timed out", "operation timed out"}},
	{"no route to host", []string{"Host is unreachable"}},
	{"network is unreachable", []string{"Network unreachable"}},
	{"file name too long", []string{"Filename too long"}},
	{"too many levels of symbolic links", []string{"Symbolic link loop"}},
	{"too many open files", []string{"No file descriptors available"}},
}

// windows are the messages of the Windows system (FormatMessage, in English)
// for what is the same error elsewhere.
var windows = []message{
	{"no such file or directory", []string{"The system cannot find the file specified.", "The system cannot find the path specified."}},
	{"permission denied", []string{
		"Access is denied.",
		"An attempt was made to access a socket in a way forbidden by its access permissions.",
	}},
	{"operation not permitted", []string{"A required privilege is not held by the client."}},
	{"read-only file system", []string{"The media is write protected."}},
	{"no space left on device", []string{"There is not enough space on the disk."}},
	{"address already in use", []string{
		"Only one usage of each socket address (protocol/network address/port) is normally permitted.",
	}},
	{"cannot assign requested address", []string{"The requested address is not valid in its context."}},
	{"connection refused", []string{"No connection could be made because the target machine actively refused it."}},
	{"connection reset by peer", []string{"An existing connection was forcibly closed by the remote host."}},
	{"broken pipe", []string{"The pipe is being closed.", "The pipe has been ended."}},
	{"connection timed out", []string{
		"A connection attempt failed because the connected party did not properly respond after a period of time, " +
			"or established connection failed because connected host has failed to respond.",
	}},
	{"no route to host", []string{"A socket operation was attempted to an unreachable host."}},
	{"network is unreachable", []string{"A socket operation was attempted to an unreachable network."}},
	{"not a directory", []string{"The directory name is invalid."}},
	{"file exists", []string{"Cannot create a file when that file already exists."}},
	{"file name too long", []string{"The filename or extension is too long."}},
	{"cannot allocate memory", []string{"Not enough memory resources are available to process this command."}},
	{"exec format error", []string{"%1 is not a valid Win32 application."}},
}
