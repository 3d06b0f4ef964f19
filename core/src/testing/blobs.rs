use std::{sync::Arc, time::Duration};

use crate::{
    ErrorKind, Result,
    store::{Blobs, Etag, LockHolder},
};

/// Checks what [`Blobs`] promises. `make` gives an empty store each time.
///
/// # Errors
/// Those of the store.
///
/// # Panics
/// When a promise is not kept; the message says which.
pub async fn blobs_conform(make: impl Fn() -> Arc<dyn Blobs>) -> Result<()> {
    what_was_put_is_there(make().as_ref()).await?;
    ranges_are_cut_at_the_end(make().as_ref()).await?;
    nothing_is_overwritten_without_a_condition(make().as_ref()).await?;
    names_are_listed_by_whole_components(make().as_ref()).await?;
    names_stay_inside(make().as_ref()).await;
    one_of_many_creates(make()).await?;
    one_of_many_replaces(make()).await?;
    readers_see_whole_objects(make()).await?;
    a_lock_is_held_once(make()).await
}

async fn what_was_put_is_there(blobs: &dyn Blobs) -> Result<()> {
    assert_eq!(blobs.get("a/b").await?, None, "nothing is there at first");
    assert_eq!((blobs.length("a/b").await?, blobs.get_range("a/b", 0..9).await?), (None, None));
    assert!(!blobs.delete("a/b").await?, "nothing is deleted where nothing is");
    assert!(blobs.put_if_absent("a/b", b"bytes").await?);
    let (bytes, etag) = blobs.get("a/b").await?.expect("it was put");
    assert_eq!((bytes.as_slice(), blobs.length("a/b").await?), (&b"bytes"[..], Some(5)));
    assert_eq!(blobs.get("a/b").await?.map(|(_, etag)| etag), Some(etag), "the same content has the same etag");
    assert!(blobs.put_if_absent("empty", b"").await?);
    assert_eq!(blobs.get("empty").await?.map(|(bytes, _)| bytes), Some(Vec::new()), "an empty object is an object");
    assert!(blobs.delete("a/b").await? && !blobs.delete("a/b").await?);
    assert_eq!(blobs.get("a/b").await?, None, "it was deleted");
    assert!(blobs.put_if_absent("a/b", b"again").await?, "what was deleted can be created anew");
    Ok(())
}

async fn ranges_are_cut_at_the_end(blobs: &dyn Blobs) -> Result<()> {
    blobs.put_if_absent("x", b"0123456789").await?;
    for (range, expected) in [(0..10, "0123456789"), (3..5, "34"), (8..99, "89"), (10..12, ""), (50..60, ""), (4..4, "")] {
        assert_eq!(blobs.get_range("x", range.clone()).await?.as_deref(), Some(expected.as_bytes()), "the range {range:?}");
    }
    Ok(())
}

async fn nothing_is_overwritten_without_a_condition(blobs: &dyn Blobs) -> Result<()> {
    assert!(blobs.put_if_absent("x", b"one").await?);
    assert!(!blobs.put_if_absent("x", b"two").await?, "it exists");
    let (bytes, one) = blobs.get("x").await?.expect("it was put");
    assert_eq!(bytes, b"one", "it stays as it is");
    assert_eq!(blobs.put_if_match("x", b"two", &Etag("another".into())).await?, None);
    assert_eq!(blobs.put_if_match("missing", b"two", &one).await?, None, "what is not there matches nothing");
    let two = blobs.put_if_match("x", b"two", &one).await?.expect("the content is the expected one");
    assert_eq!(blobs.get("x").await?, Some((b"two".to_vec(), two)));
    assert_eq!(blobs.put_if_match("x", b"three", &one).await?, None, "the condition no longer holds");
    Ok(())
}

async fn names_are_listed_by_whole_components(blobs: &dyn Blobs) -> Result<()> {
    for name in ["v/2", "v/10", "v/deep/er/1", "v2/1", "vv"] {
        blobs.put_if_absent(name, b"x").await?;
    }
    assert_eq!(blobs.list("v").await?, ["v/10", "v/2", "v/deep/er/1"], "ascending by bytes, and of this folder alone");
    assert_eq!(blobs.list("v/deep").await?, ["v/deep/er/1"]);
    assert_eq!(blobs.list("none").await?, [""; 0]);
    Ok(())
}

async fn names_stay_inside(blobs: &dyn Blobs) {
    for name in ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\\b", "C:/a", "a\0b", &"a/".repeat(600)] {
        for error in
            [blobs.get(name).await.map(drop), blobs.put_if_absent(name, b"x").await.map(drop), blobs.delete(name).await.map(drop)]
        {
            assert!(error.is_err(), "the name {name:?} is refused");
        }
    }
}

async fn one_of_many_creates(blobs: Arc<dyn Blobs>) -> Result<()> {
    let tries: Vec<_> = (0..16u8)
        .map(|i| {
            let blobs = blobs.clone();
            tokio::spawn(async move { blobs.put_if_absent("race", &[i; 4096]).await })
        })
        .collect();
    let mut created = Vec::new();
    for (i, attempt) in tries.into_iter().enumerate() {
        if attempt.await.expect("no panic")? {
            created.push(i as u8);
        }
    }
    assert_eq!(created.len(), 1, "one of them creates it");
    assert_eq!(blobs.get("race").await?.map(|(bytes, _)| bytes), Some(vec![created[0]; 4096]), "and its content stays");
    Ok(())
}

async fn one_of_many_replaces(blobs: Arc<dyn Blobs>) -> Result<()> {
    blobs.put_if_absent("n", b"0").await?;
    let adders: Vec<_> = (0..8)
        .map(|_| {
            let blobs = blobs.clone();
            tokio::spawn(async move {
                // Adds 1 as often as it takes until nobody came between.
                loop {
                    let (bytes, etag) = blobs.get("n").await?.expect("it is there");
                    let n: u32 = String::from_utf8_lossy(&bytes).parse().expect("a number");
                    if blobs.put_if_match("n", (n + 1).to_string().as_bytes(), &etag).await?.is_some() {
                        return Ok::<(), crate::Error>(());
                    }
                }
            })
        })
        .collect();
    for adder in adders {
        adder.await.expect("no panic")?;
    }
    assert_eq!(blobs.get("n").await?.map(|(bytes, _)| bytes), Some(b"8".to_vec()), "no update is lost");
    Ok(())
}

async fn readers_see_whole_objects(blobs: Arc<dyn Blobs>) -> Result<()> {
    let of = |i: u8| vec![i; 100_000];
    blobs.put_if_absent("x", &of(0)).await?;
    let writer = {
        let blobs = blobs.clone();
        tokio::spawn(async move {
            for i in 1..20 {
                let (_, etag) = blobs.get("x").await?.expect("it is there");
                blobs.put_if_match("x", &of(i), &etag).await?;
            }
            Ok::<(), crate::Error>(())
        })
    };
    while !writer.is_finished() {
        let (bytes, _) = blobs.get("x").await?.expect("it is there all the time");
        assert!(bytes.len() == 100_000 && bytes.iter().all(|byte| *byte == bytes[0]), "an object is seen whole");
        tokio::task::yield_now().await;
    }
    writer.await.expect("no panic")
}

async fn a_lock_is_held_once(blobs: Arc<dyn Blobs>) -> Result<()> {
    let holder = |operation: &str| LockHolder { operation: operation.into(), pid: 7, since: jiff::Timestamp::UNIX_EPOCH };
    let short = Duration::from_millis(1);
    let held = blobs.lock("index", &holder("ingest"), short).await?;
    let error = blobs.lock("index", &holder("delete"), short).await.err().expect("it is held");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Busy, "store.locked"));
    let says = |key: &str| error.context().find(|(k, _)| *k == key).map(|(_, value)| value.to_owned());
    assert_eq!((says("operation").as_deref(), says("pid").as_deref()), (Some("ingest"), Some("7")), "it says who holds it");
    drop(blobs.lock("other", &holder("delete"), short).await?);
    let waiting = {
        let blobs = blobs.clone();
        let holder = holder("delete");
        tokio::spawn(async move { blobs.lock("index", &holder, Duration::from_secs(60)).await.map(drop) })
    };
    tokio::task::yield_now().await;
    drop(held);
    waiting.await.expect("no panic")?;
    drop(blobs.lock("index", &holder("rebuild"), short).await?);
    Ok(())
}
