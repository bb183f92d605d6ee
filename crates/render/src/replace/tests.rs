use super::*;
use std::os::unix::fs::{chown, symlink};

fn write(path: &Path, contents: &str) -> Result<Replaced, ReplaceError> {
    replace(path, contents.as_bytes(), &ReplaceOptions::default())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const WRITTEN: Replaced = Replaced::Written { lost_owner: None };

#[test]
fn a_new_file_is_0644_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nginx.conf");
    assert_eq!(write(&path, "one").unwrap(), WRITTEN);
    assert_eq!(fs::read_to_string(&path).unwrap(), "one");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o644);
    assert_eq!(names(folder.path()), ["nginx.conf"]);
}

#[test]
fn equal_contents_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    write(&path, "same").unwrap();
    let inode = fs::metadata(&path).unwrap().ino();
    assert_eq!(write(&path, "same").unwrap(), Replaced::Same);
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    assert_eq!(write(&path, "sand").unwrap(), WRITTEN);
    assert_ne!(fs::metadata(&path).unwrap().ino(), inode);
}

#[test]
fn mode_owner_and_group_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    write(&path, "one").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o4750)).unwrap();
    let root = fs::metadata(&path).unwrap().uid() == 0;
    if root {
        chown(&path, Some(1234), Some(2345)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o4750)).unwrap();
    }
    write(&path, "two").unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!(metadata.mode() & 0o7777, 0o4750);
    if root {
        assert_eq!((metadata.uid(), metadata.gid()), (1234, 2345));
    }
}

#[test]
fn an_explicit_mode_wins_and_is_a_change_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    write(&path, "x").unwrap();
    let options = ReplaceOptions { mode: Some(0o600), ..ReplaceOptions::default() };
    assert_eq!(replace(&path, b"x", &options).unwrap(), WRITTEN);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(replace(&path, b"x", &options).unwrap(), Replaced::Same);
}

#[test]
fn missing_folders_are_made_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/c.conf");
    let strict = ReplaceOptions { create_folders: false, ..ReplaceOptions::default() };
    assert!(matches!(replace(&path, b"x", &strict), Err(ReplaceError::NoFolder(_))));
    assert_eq!(write(&path, "x").unwrap(), WRITTEN);
}

#[test]
fn a_link_stays_and_its_target_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real/target");
    write(&real, "one").unwrap();
    let link = folder.path().join("link");
    let second = folder.path().join("second");
    symlink("real/target", &link).unwrap();
    symlink(&link, &second).unwrap();
    assert_eq!(write(&second, "two").unwrap(), WRITTEN);
    assert_eq!(fs::read_to_string(&real).unwrap(), "two");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(write(&second, "two").unwrap(), Replaced::Same);

    let dangling = folder.path().join("dangling");
    symlink("later", &dangling).unwrap();
    write(&dangling, "here").unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("later")).unwrap(), "here");
}

#[test]
fn links_in_a_circle_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    symlink("b", folder.path().join("a")).unwrap();
    symlink("a", folder.path().join("b")).unwrap();
    assert!(matches!(write(&folder.path().join("a"), "x"), Err(ReplaceError::Io { .. })));
}

#[test]
fn a_directory_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let error = write(folder.path(), "x").unwrap_err();
    assert!(error.to_string().ends_with("it is a directory"), "{error}");
    assert!(write(Path::new("/"), "x").is_err());
    assert!(write(Path::new(""), "x").is_err());
    assert!(folder.path().is_dir());
}

#[test]
fn a_file_in_place_of_a_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("file"), "x").unwrap();
    assert!(write(&folder.path().join("file/below"), "x").is_err());
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn very_long_names_are_staged_under_shorter_ones() {
    let folder = tempfile::tempdir().unwrap();
    let name = "ü".repeat(127);
    assert_eq!(write(&folder.path().join(&name), "x").unwrap(), WRITTEN);
    assert_eq!(names(folder.path()), [name]);
}

#[test]
fn the_reasons_that_containers_meet_are_told_with_a_hint() {
    let path = Path::new("/etc/nginx/nginx.conf");
    let told = |errno| ReplaceError::new("replace", path, io::Error::from_raw_os_error(errno)).to_string();
    // EBUSY, EXDEV: a bind-mounted file.
    for errno in [16, 18] {
        assert!(told(errno).contains("mount the directory /etc/nginx instead"), "{}", told(errno));
    }
    // EROFS, EACCES, EPERM, ENOSPC.
    assert!(told(30).contains("read-only"), "{}", told(30));
    assert!(told(13).contains("/etc/nginx must be writable"), "{}", told(13));
    assert!(told(1).contains("no permission"), "{}", told(1));
    assert!(told(28).starts_with("cannot replace /etc/nginx/nginx.conf: No space left"), "{}", told(28));
}

#[test]
fn a_write_that_fails_leaves_no_litter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let (file, staged) = stage(folder.path(), &path, 0o600).unwrap();
    assert_eq!(names(folder.path()).len(), 1);
    drop((file, staged));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_is_no_file_is_written_to_and_stays_what_it_is() {
    use std::os::unix::fs::FileTypeExt as _;
    let folder = tempfile::tempdir().unwrap();
    let null = folder.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    replace(&null, b"gone", &ReplaceOptions::default()).unwrap();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());

    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let told = replace(&pipe, b"x", &ReplaceOptions::default()).unwrap_err().to_string();
    assert!(told.ends_with("nobody reads from it"), "{told}");
    let reader = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    replace(&pipe, b"heard", &ReplaceOptions::default()).unwrap();
    let mut heard = [0; 5];
    std::io::Read::read_exact(&mut &reader, &mut heard).unwrap();
    assert_eq!(&heard, b"heard");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}
