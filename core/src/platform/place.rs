//! What a folder lies on, and who else writes to it.
//!
//! A corpus counts on locks between processes, on renames that are whole, and on nobody else touching its files. A network
//! drive keeps the first two promises or does not, and says neither; a client that synchronises a folder uploads half of a
//! change, brings back what was removed, and renames what two machines wrote.

use std::path::{Component, Path, PathBuf};

/// Why a folder is no place for a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It lies on another machine.
    Network {
        /// The file system: `nfs`, `fuse.sshfs`.
        file_system: String,
    },
    /// A client copies it to other machines.
    Synchronised {
        /// The client.
        client: &'static str,
        /// The folder that the client owns.
        folder: PathBuf,
    },
}

/// What is asked of the operating system. Tests give their own.
pub trait Surroundings {
    /// The type of the file system that a folder lies on, as the system's table of mounts calls it; `None` when nobody knows.
    fn file_system(&self, folder: &Path) -> Option<String>;
    /// Whether there is a file of this path.
    fn is_file(&self, path: &Path) -> bool;
    /// Whether there is a folder of this path.
    fn is_folder(&self, path: &Path) -> bool;
}

/// The machine's own answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine;

impl Surroundings for Machine {
    fn file_system(&self, folder: &Path) -> Option<String> {
        #[cfg(target_os = "linux")]
        return linux::file_system(folder);
        #[cfg(windows)]
        return windows_share(folder);
        #[cfg(not(any(target_os = "linux", windows)))]
        {
            let _ = folder;
            None
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }
}

/// File systems of other machines. What is neither here nor begins with `fuse.` is taken for a local one; of the latter,
/// those that encrypt or join local folders are fine.
const NETWORK: &str = "nfs nfs4 cifs smb smb2 smb3 smbfs 9p afs afpfs coda ceph lustre webdav davfs \
    fuse.sshfs fuse.rclone fuse.s3fs fuse.gcsfuse fuse.davfs2 fuse.glusterfs fuse.ceph";
/// The same, whatever follows.
const NETWORK_PREFIXES: [&str; 5] = ["fuse.goofys", "fuse.blobfuse", "fuse.curlftpfs", "fuse.gvfs", "fuse.google-drive"];

/// What a client leaves in the folder that it owns.
enum Marker {
    File(&'static str),
    Folder(&'static str),
}

const MARKERS: [(&str, Marker); 9] = [
    ("OneDrive", Marker::File(".849C9593-D756-4E56-8D6E-42412F2A707B")),
    // In a home folder, `.dropbox` is a folder: the client's own settings.
    ("Dropbox", Marker::File(".dropbox")),
    ("Dropbox", Marker::Folder(".dropbox.cache")),
    ("Nextcloud", Marker::File(".nextcloudsync.log")),
    ("ownCloud", Marker::File(".owncloudsync.log")),
    ("Syncthing", Marker::Folder(".stfolder")),
    ("Syncthing", Marker::File(".stfolder")),
    ("Google Drive", Marker::Folder(".tmp.driveupload")),
    ("Google Drive", Marker::Folder(".tmp.drivedownload")),
];

/// Names of folders that clients choose for themselves, the last one first.
const NAMES: [(&str, &[&str]); 4] = [
    ("iCloud Drive", &["Mobile Documents", "Library"]),
    ("a cloud drive", &["CloudStorage", "Library"]),
    ("OneDrive", &["OneDrive"]),
    ("Google Drive", &["Google Drive"]),
];

/// Why a corpus should not be created in `folder`, which need not exist; `None` when nothing speaks against it. Links are
/// followed.
pub fn unfit(folder: &Path, surroundings: &dyn Surroundings) -> Option<Unfit> {
    // What does not exist yet will lie where the folder above it lies.
    let real = folder.ancestors().find_map(|at| {
        let rest = folder.strip_prefix(at).ok()?;
        Some(std::fs::canonicalize(at).ok()?.join(rest))
    });
    let folder = real.as_deref().unwrap_or(folder);
    if let Some(file_system) = surroundings.file_system(folder).filter(|name| is_network(name)) {
        return Some(Unfit::Network { file_system });
    }
    let mut above = folder.ancestors();
    above.find_map(|at| client_of(at, surroundings).map(|client| Unfit::Synchronised { client, folder: at.to_path_buf() }))
}

fn is_network(file_system: &str) -> bool {
    NETWORK.split(' ').any(|name| name == file_system) || NETWORK_PREFIXES.iter().any(|prefix| file_system.starts_with(prefix))
}

fn client_of(folder: &Path, surroundings: &dyn Surroundings) -> Option<&'static str> {
    let names: Vec<_> = folder.components().rev().take(2).filter_map(own_name).collect();
    let is_named =
        |wanted: &[&str]| names.len() >= wanted.len() && wanted.iter().zip(&names).all(|(wanted, name)| wanted == name);
    let of_company = || names.first().is_some_and(|name| name.starts_with("OneDrive - "));
    let by_marker = || {
        let is_there = |marker: &Marker| match marker {
            Marker::File(name) => surroundings.is_file(&folder.join(name)),
            Marker::Folder(name) => surroundings.is_folder(&folder.join(name)),
        };
        MARKERS.iter().find(|(_, marker)| is_there(marker)).map(|(client, _)| *client)
    };
    let by_name = NAMES.iter().find(|(_, wanted)| is_named(wanted)).map(|(client, _)| *client);
    by_name.or_else(|| of_company().then_some("OneDrive")).or_else(by_marker)
}

fn own_name<'a>(component: Component<'a>) -> Option<&'a str> {
    match component {
        Component::Normal(name) => name.to_str(),
        _ => None,
    }
}

#[cfg(windows)]
fn windows_share(folder: &Path) -> Option<String> {
    use std::path::Prefix;
    match folder.components().next()? {
        Component::Prefix(prefix) if matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..)) => Some("smb".to_owned()),
        _ => None,
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;

    /// Magic numbers of `statfs`, of file systems that need no table of mounts to be told.
    const MAGIC: [(u32, &str); 9] = [
        (0x0000_6969, "nfs"),
        (0x0000_517B, "smb"),
        (0xFF53_4D42, "cifs"),
        (0xFE53_4D42, "smb2"),
        (0x0102_1997, "9p"),
        (0x5346_414F, "afs"),
        (0x7375_7245, "coda"),
        (0x00C3_6400, "ceph"),
        (0x0BD0_0BD0, "lustre"),
    ];
    const FUSE: u32 = 0x6573_5546;

    pub(super) fn file_system(folder: &Path) -> Option<String> {
        let at = folder.ancestors().find(|at| at.exists())?;
        let magic = rustix::fs::statfs(at).ok()?.f_type as u32;
        if magic == FUSE {
            // Which of them it is, the number does not say.
            let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
            return mounted(at, &mounts);
        }
        MAGIC.iter().find(|(known, _)| *known == magic).map(|(_, name)| (*name).to_owned())
    }

    /// The type of the file system that `folder` lies on, by the system's table of mounts.
    pub(super) fn mounted(folder: &Path, mounts: &str) -> Option<String> {
        let lines = mounts.lines().filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let at = before.split(' ').nth(4)?.replace("\\040", " ");
            folder.starts_with(&at).then(|| (at.len(), after.split(' ').next().unwrap_or_default()))
        });
        // Of two mounts at one place the later one is seen.
        lines.max_by_key(|(length, _)| *length).map(|(_, name)| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine with one file system and some files and folders.
    struct Given {
        file_system: Option<&'static str>,
        files: &'static [&'static str],
        folders: &'static [&'static str],
    }

    impl Surroundings for Given {
        fn file_system(&self, _: &Path) -> Option<String> {
            self.file_system.map(str::to_owned)
        }
        fn is_file(&self, path: &Path) -> bool {
            self.files.iter().any(|file| Path::new(file) == path)
        }
        fn is_folder(&self, path: &Path) -> bool {
            self.folders.iter().any(|folder| Path::new(folder) == path)
        }
    }

    fn client(folder: &str, files: &'static [&'static str], folders: &'static [&'static str]) -> Option<(&'static str, PathBuf)> {
        match unfit(Path::new(folder), &Given { file_system: None, files, folders }) {
            Some(Unfit::Synchronised { client, folder }) => Some((client, folder)),
            None => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_network_drive_is_told_by_its_file_system_and_what_is_local_is_not_taken_for_one() {
        let judged = |file_system| unfit(Path::new("/nowhere/a"), &Given { file_system, files: &[], folders: &[] });
        for network in ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "fuse.gvfsd-fuse", "fuse.blobfuse2"] {
            assert_eq!(judged(Some(network)), Some(Unfit::Network { file_system: network.to_owned() }));
        }
        for local in ["ext4", "btrfs", "fuse", "fuseblk", "fuse.gocryptfs", "fuse.mergerfs", "overlay"] {
            assert_eq!(judged(Some(local)), None, "{local}");
        }
        assert_eq!(judged(None), None);
    }

    #[test]
    fn a_folder_of_a_synchronising_client_is_told_by_its_name_or_by_what_the_client_left_in_it_or_above_it() {
        let at = |client, folder: &str| Some((client, PathBuf::from(folder)));
        assert_eq!(client("/h/OneDrive/a/b", &[], &[]), at("OneDrive", "/h/OneDrive"));
        assert_eq!(client("/h/OneDrive - Contoso/a", &[], &[]), at("OneDrive", "/h/OneDrive - Contoso"));
        assert_eq!(client("/h/d/a", &["/h/d/.849C9593-D756-4E56-8D6E-42412F2A707B"], &[]), at("OneDrive", "/h/d"));
        assert_eq!(client("/h/Dropbox/a", &["/h/Dropbox/.dropbox"], &[]), at("Dropbox", "/h/Dropbox"));
        assert_eq!(client("/h/d/a", &[], &["/h/d/.dropbox.cache"]), at("Dropbox", "/h/d"));
        let icloud = "/Users/a/Library/Mobile Documents";
        assert_eq!(client(&format!("{icloud}/com~apple~CloudDocs/a"), &[], &[]), at("iCloud Drive", icloud));
        let cloud = "/Users/a/Library/CloudStorage";
        assert_eq!(client(&format!("{cloud}/GoogleDrive-a@b.c/x"), &[], &[]), at("a cloud drive", cloud));
        assert_eq!(client("/h/n/a", &["/h/n/.nextcloudsync.log"], &[]), at("Nextcloud", "/h/n"));
        assert_eq!(client("/h/n/a", &["/h/n/.owncloudsync.log"], &[]), at("ownCloud", "/h/n"));
        assert_eq!(client("/h/s/a", &[], &["/h/s/.stfolder"]), at("Syncthing", "/h/s"));
        assert_eq!(client("/h/g", &[], &["/h/g/.tmp.driveupload"]), at("Google Drive", "/h/g"));
        // The client's own settings in a home folder are no sign, and neither is a folder whose name only holds that of a client.
        assert_eq!(client("/h/a", &[], &["/h/.dropbox"]), None);
        assert_eq!(client("/h/OneDriveBericht/Library/a", &[], &[]), None);
    }

    #[test]
    fn a_link_into_such_a_folder_is_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("OneDrive")).expect("created");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("OneDrive"), folder.path().join("link")).expect("linked");
            let found = unfit(&folder.path().join("link/not/yet/there"), &Machine);
            assert!(matches!(found, Some(Unfit::Synchronised { client: "OneDrive", .. })), "{found:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_table_of_mounts_tells_the_kind_of_a_mount_in_user_space() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/a rw\n40 22 0:50 / /mnt/my\\040drive rw shared:1 - fuse.sshfs a:/ rw\n\
            41 22 0:51 / /mnt rw - fuseblk /dev/b rw\n";
        let mounted = |folder: &str| linux::mounted(Path::new(folder), mounts);
        assert_eq!(mounted("/mnt/my drive/a").as_deref(), Some("fuse.sshfs"));
        assert_eq!(mounted("/mnt/other").as_deref(), Some("fuseblk"));
        assert_eq!(mounted("/mntx").as_deref(), Some("ext4"));
    }
}
