//! A PostgreSQL server for the tests of this process, which ends with it.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use reelgraph::repository::VideoRepository;
use reelgraph::repository::postgres::{PostgresRepository, PostgresSettings};
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use super::process::PATIENCE;

/// Where Debian has the programs.
pub(super) const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// Starts the server in its folder, and stops it and removes the folder as soon as the standard input ends,
/// which it does when the process of the tests ends, however it does.
const RUN: &str = r#"
    "$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync || exit
    sed -i '1i local all guarded scram-sha-256' "$2/data/pg_hba.conf"
    "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
        -c max_connections=300 -c shared_buffers=64MB -c log_min_messages=fatal $3 &
    read -r _
    kill -QUIT $!
    wait $!
    rm -rf "$2""#;

/// Makes two authorities, and a certificate by the first of them for an address.
const CERTIFY: &str = r#"
    cd "$1" && for name in ca other-ca; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$name" \
            -keyout $name.key -out $name.pem || exit
    done
    openssl req -newkey rsa:2048 -nodes -subj /CN=database -keyout server.key -out server.csr &&
    echo "subjectAltName=IP:$2" >names &&
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
        -extfile names -out server.crt && chmod a+r ca.pem other-ca.pem"#;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The server, which is never dropped.
struct Server {
    folder: PathBuf,
    _runner: Child,
}

impl Server {
    fn start() -> Self {
        Self::run(new_folder(), "")
    }

    /// Runs it in this folder, with these arguments as well.
    fn run(folder: PathBuf, arguments: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", RUN, "sh", PROGRAMS]).arg(&folder).arg(arguments);
        // The runner outlives an interrupt of the terminal, which the tests do not.
        as_other_user(&mut command).process_group(0).current_dir(&folder);
        let log = fs::File::create(folder.join("log")).unwrap();
        command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        let runner = command.spawn().unwrap();
        wait_for(&folder);
        Self { folder, _runner: runner }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }
}

/// A folder for a server, which removes it.
pub(super) fn new_folder() -> PathBuf {
    let folder = tempfile::Builder::new().prefix("postgres-").tempdir().unwrap().keep();
    if let Some((user, group)) = other_user() {
        chown(&folder, Some(user), Some(group)).unwrap();
    }
    folder
}

/// Has a command run as the user of servers.
pub(super) fn as_other_user(command: &mut Command) -> &mut Command {
    match other_user() {
        Some((user, group)) => command.uid(user).gid(group),
        None => command,
    }
}

/// A server that takes encrypted connections alone, at addresses of this machine.
pub struct Encrypted {
    server: Server,
    /// The one for which it has a certificate.
    pub address: String,
    pub other_address: String,
}

impl Encrypted {
    pub fn start() -> Self {
        // No other process listens at its number.
        let [high, low] = u16::try_from(std::process::id() % 65_536).unwrap().to_be_bytes();
        let [address, other_address] = [77, 78].map(|net| format!("127.{net}.{high}.{low}"));
        let folder = new_folder();
        let mut certify = Command::new("sh");
        certify.args(["-c", CERTIFY, "sh"]).arg(&folder).arg(&address);
        let certified = as_other_user(&mut certify).output().unwrap();
        assert!(certified.status.success(), "{}", String::from_utf8_lossy(&certified.stderr));
        let file = |name: &str| folder.join(name).display().to_string();
        let rules = file("rules");
        fs::write(&rules, "local all all trust\nhostssl all all 127.0.0.0/8 trust\n").unwrap();
        let arguments = format!(
            "-c listen_addresses={address},{other_address} -c ssl=on -c hba_file={rules} \
             -c ssl_cert_file={} -c ssl_key_file={}",
            file("server.crt"),
            file("server.key")
        );
        Self { server: Server::run(folder, &arguments), address, other_address }
    }

    /// A URL by which nothing is encrypted.
    pub fn url(&self) -> String {
        self.server.url("postgres")
    }

    pub fn path(&self, name: &str) -> String {
        self.server.folder.join(name).display().to_string()
    }
}

/// Waits until the server takes connections.
pub(super) fn wait_for(folder: &Path) {
    let deadline = Instant::now() + PATIENCE;
    let is_ready = || {
        let mut command = Command::new(Path::new(PROGRAMS).join("pg_isready"));
        command.arg("-q").arg("-h").arg(folder).status().unwrap().success()
    };
    while !is_ready() {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(Instant::now() < deadline, "PostgreSQL did not start:\n{}", log());
        thread::sleep(Duration::from_millis(20));
    }
}

/// The user and the group that the server runs as; none if that is whoever runs the tests. It refuses to
/// be run by root.
pub(super) fn other_user() -> Option<(u32, u32)> {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).filter(|_| is_root)?;
    let mut fields = line.split(':').skip(2).map(|number| number.parse().unwrap());
    Some((fields.next().unwrap(), fields.next().unwrap()))
}

/// Settings for stores of which the matter is what they answer, and not how soon.
pub fn unhurried() -> PostgresSettings {
    PostgresSettings {
        read_limit: PATIENCE,
        write_limit: PATIENCE,
        connect_limit: PATIENCE,
        ..PostgresSettings::default()
    }
}

/// The URL of a new database that is an empty library.
pub async fn empty_library() -> String {
    static TEMPLATE: Template = Template::new("template_library", "");
    TEMPLATE.copy().await
}

/// The same in a database that compares text as English dictionaries do: by the locale `en_US.UTF-8` of the
/// system if it has that, and otherwise by that of ICU, which PostgreSQL brings along.
pub async fn empty_english_library() -> String {
    static OF_SYSTEM: Template = Template::new("template_english", "LOCALE 'en_US.UTF-8'");
    static OF_ICU: Template =
        Template::new("template_icu", "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'");
    let locales = Command::new("locale").arg("-a").output().unwrap().stdout;
    let is_there = String::from_utf8_lossy(&locales).lines().any(|name| name == "en_US.utf8");
    if is_there { &OF_SYSTEM } else { &OF_ICU }.copy().await
}

/// A database whose copies are empty libraries.
struct Template {
    name: &'static str,
    options: &'static str,
    is_ready: OnceCell<()>,
}

impl Template {
    const fn new(name: &'static str, options: &'static str) -> Self {
        Self { name, options, is_ready: OnceCell::const_new() }
    }

    /// The URL of a new copy.
    async fn copy(&self) -> String {
        let server = tokio::task::spawn_blocking(|| &*SERVER).await.unwrap();
        self.is_ready.get_or_init(|| self.make(server)).await;
        let name = format!("library_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        // Copied as files: that takes a third of the time that logging each page does.
        run(server, format!("CREATE DATABASE {name} TEMPLATE {} STRATEGY file_copy", self.name))
            .await;
        server.url(&name)
    }

    async fn make(&self, server: &Server) {
        let Self { name, options, .. } = self;
        run(server, format!("CREATE DATABASE {name} {options} TEMPLATE template0")).await;
        let store = PostgresRepository::open(&server.url(name), unhurried()).await;
        store.unwrap().close().await.unwrap();
        // Nobody can connect to it then, so that it can be copied at any time.
        run(server, format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    }
}

/// The URL of a new database that is no library, which is made with these options.
pub fn new_database(options: &str) -> String {
    let name = format!("database_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    block_on(run(&SERVER, format!("CREATE DATABASE {name} {options}")));
    SERVER.url(&name)
}

/// A connection to a database in a transaction, which holds its locks as long as this lives.
pub struct Session {
    runtime: Runtime,
    connection: Option<PgConnection>,
}

impl Session {
    /// Runs statements in a transaction.
    pub fn begin(url: &str, sql: &'static str) -> Self {
        let runtime = Runtime::new().unwrap();
        let connection = runtime.block_on(async {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql("BEGIN").execute(&mut connection).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection
        });
        Self { runtime, connection: Some(connection) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let connection = self.connection.take().unwrap();
        // Whatever it holds ends with it.
        let _ = self.runtime.block_on(connection.close());
    }
}

/// What a future yields, for tests that are not asynchronous.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    Runtime::new().unwrap().block_on(future)
}

async fn run(server: &Server, sql: String) {
    execute(&server.url("postgres"), &sql).await;
}

/// Runs statements in the database at this URL.
pub async fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The number that a statement finds in the database at this URL.
pub async fn number(url: &str, sql: &str) -> i64 {
    number_if_there(url, sql).await.unwrap_or_else(|| panic!("a table is not there: {sql}"))
}

/// The same; none if a table is not there.
async fn number_if_there(url: &str, sql: &str) -> Option<i64> {
    const UNDEFINED_TABLE: &str = "42P01";
    let mut connection = PgConnection::connect(url).await.unwrap();
    let found = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await;
    connection.close().await.unwrap();
    match found {
        Ok(number) => Some(number),
        Err(error) => {
            let code = error.as_database_error().and_then(DatabaseError::code);
            assert_eq!(code.as_deref(), Some(UNDEFINED_TABLE), "{error}");
            None
        }
    }
}

/// A copy of the library at this URL as it is now, which is what a replica has that receives nothing more.
pub async fn replica_of(url: &str) -> String {
    let replica = format!("library_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let (server, library) = split(url);
    end_use(&server, library).await;
    execute(&server, &format!("CREATE DATABASE {replica} TEMPLATE {library}")).await;
    execute(&server, &format!("ALTER DATABASE {library} ALLOW_CONNECTIONS true")).await;
    url.replace(&format!("/{library}?"), &format!("/{replica}?"))
}

/// Puts a copy in the place of the library at this URL, as a failover does.
pub async fn promote(replica: &str, url: &str) {
    let ((server, library), (_, replica)) = (split(url), split(replica));
    end_use(&server, library).await;
    end_use(&server, replica).await;
    execute(&server, &format!("ALTER DATABASE {library} RENAME TO {library}_lost")).await;
    execute(&server, &format!("ALTER DATABASE {replica} RENAME TO {library}")).await;
    execute(&server, &format!("ALTER DATABASE {library} ALLOW_CONNECTIONS true")).await;
}

/// Ends all connections to a database, and prevents others.
async fn end_use(server: &str, database: &str) {
    execute(server, &format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false")).await;
    let users = format!("FROM pg_stat_activity WHERE datname = '{database}'");
    number(server, &format!("SELECT count(pg_terminate_backend(pid)) {users}")).await;
    wait_for_number(server, &format!("SELECT count(*) {users}"), 0).await;
}

/// The URL of the server's own database, and the name of the one in this URL.
fn split(url: &str) -> (String, &str) {
    let database = url.split(['/', '?']).nth(3).unwrap();
    (url.replace(&format!("/{database}?"), "/postgres?"), database)
}

/// Waits until a statement finds this number in the database at this URL.
pub async fn wait_for_number(url: &str, sql: &str, expected: i64) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // A replica gets the tables themselves with a delay.
        let found = number_if_there(url, sql).await;
        if found == Some(expected) {
            return;
        }
        assert!(Instant::now() < deadline, "{found:?} and not {expected}: {sql}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
