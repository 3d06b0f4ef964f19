use std::sync::Arc;

use crate::{
    Result,
    store::{Appended, Sequencer},
};

/// Checks what [`Sequencer`] promises. `make` gives a sequencer over an empty place each time; the second one that it gives for the same number is over the same place.
///
/// # Errors
/// Those of the sequencer.
///
/// # Panics
/// When a promise is not kept; the message says which.
pub fn sequencer_conforms(make: impl Fn(u32) -> Arc<dyn Sequencer>) -> Result<()> {
    entries_get_consecutive_places_and_stay(&make)?;
    writers_share_a_log(&make)?;
    what_was_released_is_not_needed_and_no_place_is_given_twice(&make)?;
    what_is_stripped_goes_and_its_entries_stay(&make)?;
    many_writers_get_places_of_their_own(&make)
}

fn item(text: &str) -> Appended {
    Appended { entry: text.as_bytes().to_vec(), sealed: format!("sealed {text}").into_bytes() }
}

fn all(sequencer: &dyn Sequencer, from: u64) -> Result<Vec<(u64, Appended)>> {
    let mut found = Vec::new();
    sequencer.read(from, &mut |index, entry, sealed| {
        found.push((index, Appended { entry: entry.to_vec(), sealed: sealed.to_vec() }));
        Ok(())
    })?;
    Ok(found)
}

fn entries_get_consecutive_places_and_stay(make: &impl Fn(u32) -> Arc<dyn Sequencer>) -> Result<()> {
    let one = make(1);
    assert_eq!((one.size()?, one.append_batch(&[])?), (0, 0), "nothing is there at first");
    assert_eq!(one.append_batch(&[item("a")])?, 0);
    assert_eq!(one.append_batch(&[item("b"), item("c")])?, 1, "the index of the first of a batch");
    assert_eq!(one.append_batch(&[])?, 3, "a batch of none takes no place");
    let empty = Appended { entry: Vec::new(), sealed: Vec::new() };
    assert_eq!((one.append_batch(std::slice::from_ref(&empty))?, one.size()?), (3, 4));
    drop(one);
    let again = make(1);
    assert_eq!(again.size()?, 4, "another one finds them");
    assert_eq!(all(again.as_ref(), 0)?, [(0, item("a")), (1, item("b")), (2, item("c")), (3, empty.clone())]);
    assert_eq!(all(again.as_ref(), 2)?, [(2, item("c")), (3, empty)]);
    assert_eq!(all(again.as_ref(), 4)?, []);
    assert_eq!(again.append_batch(&[item("d")])?, 4, "and goes on behind them");
    Ok(())
}

fn writers_share_a_log(make: &impl Fn(u32) -> Arc<dyn Sequencer>) -> Result<()> {
    let (one, two) = (make(2), make(2));
    assert_eq!([one.append_batch(&[item("a")])?, two.append_batch(&[item("b")])?, one.append_batch(&[item("c")])?], [0, 1, 2]);
    assert_eq!((one.size()?, two.size()?), (3, 3), "each sees the other's");
    assert_eq!(all(two.as_ref(), 0)?, [(0, item("a")), (1, item("b")), (2, item("c"))]);
    Ok(())
}

fn what_was_released_is_not_needed_and_no_place_is_given_twice(make: &impl Fn(u32) -> Arc<dyn Sequencer>) -> Result<()> {
    let one = make(3);
    one.append_batch(&[item("a"), item("b")])?;
    one.append_batch(&[item("c")])?;
    one.release(2)?;
    assert_eq!(all(one.as_ref(), 2)?, [(2, item("c"))], "what was not released stays");
    one.release(3)?;
    drop(one);
    let again = make(3);
    again.release(3)?;
    assert_eq!((again.append_batch(&[item("d")])?, again.size()?), (3, 4));
    assert_eq!(all(again.as_ref(), 3)?, [(3, item("d"))]);
    let released = again.read(0, &mut |_, _, _| Ok(())).err();
    assert!(released.is_none_or(|error| error.code() == "audit.released"), "what is gone is said to be gone");
    Ok(())
}

fn what_is_stripped_goes_and_its_entries_stay(make: &impl Fn(u32) -> Arc<dyn Sequencer>) -> Result<()> {
    let one = make(5);
    one.append_batch(&[item("a"), item("b")])?;
    one.append_batch(&[item("c")])?;
    one.strip(&[1, 2, 9])?;
    let bare = |text: &str| Appended { sealed: Vec::new(), ..item(text) };
    let expected = [(0, item("a")), (1, bare("b")), (2, bare("c"))];
    assert_eq!(all(one.as_ref(), 0)?, expected);
    assert_eq!(all(make(5).as_ref(), 0)?, expected, "for another one as well");
    assert_eq!(one.append_batch(&[item("d")])?, 3, "it goes on behind them");
    one.strip(&[])?;
    assert_eq!(all(one.as_ref(), 3)?, [(3, item("d"))]);
    Ok(())
}

fn many_writers_get_places_of_their_own(make: &impl Fn(u32) -> Arc<dyn Sequencer>) -> Result<()> {
    const WRITERS: usize = 4;
    const BATCHES: usize = 25;
    let places: Vec<u64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let sequencer = make(4);
                scope.spawn(move || -> Result<Vec<u64>> {
                    (0..BATCHES).map(|batch| sequencer.append_batch(&[item(&format!("{writer} {batch}"))])).collect()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().expect("no panic")).collect::<Result<Vec<_>>>().map(|all| all.concat())
    })?;
    let mut sorted = places.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..(WRITERS * BATCHES) as u64).collect::<Vec<_>>(), "each place is given once");
    let entries = all(make(4).as_ref(), 0)?;
    for (writer, places) in places.chunks(BATCHES).enumerate() {
        for (batch, place) in places.iter().enumerate() {
            assert_eq!(entries[*place as usize].1, item(&format!("{writer} {batch}")), "each entry is at its place");
        }
    }
    Ok(())
}
