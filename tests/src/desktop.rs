//! A desktop for one test: a session bus, a notification service, a display, a home, and a keyring when wanted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::notifications::Notifications;
use crate::process::{Program, Running};

/// How the desktop keeps secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyring {
    /// No Secret Service on the bus.
    None,
    /// gnome-keyring with an unlocked default collection.
    Unlocked,
}

/// The desktop. Applications that run on it end before it does: drop them first.
pub struct Desktop {
    /// What its applications asked to show.
    pub notifications: Notifications,
    address: String,
    display: String,
    _keyring: Option<Running>,
    _screen: Running,
    _bus: Running,
    home: TempDir,
}

impl Desktop {
    /// Starts an empty desktop.
    ///
    /// # Panics
    /// When a part of it is not installed or does not start.
    pub async fn start(keyring: Keyring) -> Self {
        let home = tempfile::Builder::new()
            .prefix("warifu-home-")
            .tempdir_in("/tmp")
            .expect("a folder");
        crate::reaper::watch_folder(home.path());
        make_folders(home.path());
        let bus = start_bus(home.path());
        let address = bus.line_with("unix:path=", START_LIMIT).await;
        let address = address.split(',').next().unwrap_or_default().to_owned();
        let notifications = Notifications::start(&address).await;
        let screen = Program::system("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                SCREEN,
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .start();
        let display = format!(":{}", screen.line_of_digits(START_LIMIT).await);
        let keyring = match keyring {
            Keyring::None => None,
            Keyring::Unlocked => Some(start_keyring(home.path(), &address).await),
        };
        Self {
            notifications,
            address,
            display,
            _keyring: keyring,
            _screen: screen,
            _bus: bus,
            home,
        }
    }

    /// The environment of an application on this desktop.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut all = home_environment(self.home.path());
        all.push(("DBUS_SESSION_BUS_ADDRESS".into(), self.address.clone()));
        all.push(("DISPLAY".into(), self.display.clone()));
        // Dialogs of the system cannot be driven: the app saves here without asking.
        let saved = self.saved().display().to_string();
        all.push(("WARIFU_APP_SAVE_DIR".into(), saved));
        // GTK and WebKit without the parts of a desktop that are not there.
        for (name, value) in [
            ("GDK_BACKEND", "x11"),
            ("XDG_SESSION_TYPE", "x11"),
            ("NO_AT_BRIDGE", "1"),
            ("GTK_A11Y", "none"),
            ("GIO_USE_VFS", "local"),
            // Pictures of it are sharp where documents show them.
            ("GDK_SCALE", "2"),
            ("LIBGL_ALWAYS_SOFTWARE", "1"),
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
            ("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"),
        ] {
            all.push((name.into(), value.into()));
        }
        all
    }

    /// The folder where the app saves files.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn saved(&self) -> PathBuf {
        let folder = self.home.path().join("saved");
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// The address of its session bus.
    #[must_use]
    pub fn bus(&self) -> &str {
        &self.address
    }

    /// The home folder of its user.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes the whole screen to a PNG file, window frames or not.
    ///
    /// # Panics
    /// When ImageMagick's `import` fails.
    pub async fn screenshot(&self, path: &Path) {
        screenshot(&self.environment(), None, path).await;
    }
}

/// Photographs the screen, or the part of it that `crop` names (`WIDTHxHEIGHT+X+Y`).
pub(crate) async fn screenshot(environment: &[(String, String)], crop: Option<&str>, path: &Path) {
    let all = environment.iter().map(|(name, value)| (name, value));
    let mut import = Program::system("import").envs(all).args(["-window", "root"]);
    if let Some(crop) = crop {
        import = import.args(["-crop", crop, "+repage"]);
    }
    let import = import.arg(path).start();
    let status = import.exit(START_LIMIT).await;
    assert!(status.success(), "{}", import.log());
}

fn make_folders(home: &Path) {
    for folder in ["run", "config", "data", "cache", "state"] {
        std::fs::create_dir_all(home.join(folder)).expect("a folder");
    }
    let only_its_user = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(home.join("run"), only_its_user).expect("the runtime folder is ours");
}

fn home_environment(home: &Path) -> Vec<(String, String)> {
    let at = |folder: &str| home.join(folder).display().to_string();
    vec![
        ("HOME".into(), home.display().to_string()),
        ("XDG_RUNTIME_DIR".into(), at("run")),
        ("XDG_CONFIG_HOME".into(), at("config")),
        ("XDG_DATA_HOME".into(), at("data")),
        ("XDG_CACHE_HOME".into(), at("cache")),
        ("XDG_STATE_HOME".into(), at("state")),
    ]
}

/// A bus that starts no services by itself: what is not started here is truly absent.
fn start_bus(home: &Path) -> Running {
    let config: PathBuf = home.join("bus.conf");
    let text = BUS_CONFIG.replace("SOCKET", &home.join("run/bus").display().to_string());
    std::fs::write(&config, text).expect("the bus configuration is written");
    Program::system("dbus-daemon")
        .arg(format!("--config-file={}", config.display()))
        .args(["--nofork", "--nopidfile", "--print-address=1"])
        .envs(home_environment(home))
        .start()
}

async fn start_keyring(home: &Path, address: &str) -> Running {
    let keyring = Program::system("gnome-keyring-daemon")
        .args(["--foreground", "--unlock", "--components=secrets"])
        .envs(home_environment(home))
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .input(KEYRING_PASSWORD)
        .start();
    wait_for_name(address, "org.freedesktop.secrets").await;
    keyring
}

/// Waits until somebody owns `name` on the bus at `address`.
///
/// # Panics
/// When nobody does in time.
async fn wait_for_name(address: &str, name: &str) {
    let found = async {
        let connection = zbus::connection::Builder::address(address)?.build().await?;
        let bus = zbus::fdo::DBusProxy::new(&connection).await?;
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        while !bus.name_has_owner(name.try_into()?).await? {
            beat.tick().await;
        }
        zbus::Result::Ok(())
    };
    let found = tokio::time::timeout(START_LIMIT, found).await;
    found
        .unwrap_or_else(|_| panic!("nobody took {name}"))
        .expect("the session bus answers");
}

const BUS_CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
/// Room for the app's window at double density.
const SCREEN: &str = "1280x1640x24";
const KEYRING_PASSWORD: &str = "test\n";
const START_LIMIT: Duration = Duration::from_secs(30);
