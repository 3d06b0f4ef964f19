//! `kill -9` in the middle of an ingest, and of everything that is put on record.

use std::{
    fs,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    files,
    program::{command, found, good, wait_for_file},
    support::Place,
};

const DOCUMENTS: usize = 90;

fn put_many(place: &Place) {
    for i in 0..DOCUMENTS {
        place.put(&format!("d{i:03}.txt"), format!("Der Vermerk mit dem Kennwort k{i:03}x nennt den Saldo der Forderungen."));
    }
    let members: Vec<(String, String)> =
        (0..30).map(|i| (format!("m{i:02}.txt"), format!("Das Mitglied mit dem Kennwort z{i:02}x des Archivs."))).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    place.put("b.zip", files::zip(&members));
    // The archive comes before most of the others.
    for i in 0..5 {
        place.put(&format!("a{i}.txt"), format!("Davor steht a{i}x."));
    }
}

/// What a corpus holds, but for ids and times.
fn content(place: &Place) -> Vec<Value> {
    let mut documents = good(place, &["documents", "corpus"])["documents"].as_array().unwrap().clone();
    for document in &mut documents {
        let record = document.as_object_mut().unwrap();
        for key in ["id", "ingested", "root"] {
            assert!(record.remove(key).is_some(), "{key}");
        }
        record.remove("container");
    }
    documents
}

#[test]
fn what_was_acknowledged_survives_the_death_of_the_writer_and_the_next_one_completes_it() {
    let whole = Place::new();
    put_many(&whole);
    good(&whole, &["ingest", "corpus", "in"]);
    let expected = content(&whole);
    assert_eq!(expected.len(), DOCUMENTS + 36);

    // At once, while the first version is written, and later: what is published by then is seen by the files.
    for (version, milliseconds) in [(0, 60), (1, 0), (1, 700), (2, 40)] {
        let place = Place::new();
        put_many(&place);
        let mut writer =
            command(&place, &["ingest", "corpus", "in"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if version == 0 {
            wait_for_file(&place.corpus().join("beleg.json"));
        } else {
            wait_for_file(&place.corpus().join(format!("versions/{version}.json")));
        }
        thread::sleep(Duration::from_millis(milliseconds));
        writer.kill().unwrap();
        writer.wait().unwrap();

        let acknowledged: u64 = place
            .stored("versions")
            .iter()
            .filter(|name| !name.contains("prepared"))
            .map(|name| {
                let text = fs::read_to_string(place.corpus().join("versions").join(name)).unwrap();
                serde_json::from_str::<Value>(&text).unwrap()["added"].as_array().unwrap().len() as u64
            })
            .sum();
        let documents = content(&place);
        assert_eq!(documents.len() as u64, acknowledged, "killed at {version} + {milliseconds} ms");
        for document in documents.iter().rev().take(3).filter(|document| document["format"] == "text") {
            let text = good(&place, &["show", "corpus", document["name"].as_str().unwrap()])["pages"][0]["text"]
                .as_str()
                .unwrap()
                .to_owned();
            let word = text.split([' ', '.']).find(|word| word.ends_with('x')).unwrap().to_owned();
            assert!(found(&place, &word).contains(&document["name"].as_str().unwrap().to_owned()), "{document}");
        }

        good(&place, &["ingest", "corpus", "in"]);
        assert_eq!(content(&place), expected, "killed at {version} + {milliseconds} ms");
        let result = good(&place, &["search", "corpus", "Kennwort", "-k", "100"]);
        assert_eq!((result["coverage"]["pending"].as_u64(), result["hits"].as_array().unwrap().len()), (Some(0), 100));
        assert_eq!(
            (found(&place, "k089x"), found(&place, "z29x")),
            (vec!["d089.txt".to_owned()], vec!["b.zip!/m29.txt".to_owned()])
        );
        assert!(place.stored("versions").iter().all(|name| !name.contains("prepared")));
        assert_eq!(place.stored("tmp").iter().filter(|name| name.starts_with("staged/")).count(), 0, "nothing waits any more");
        let originals = place.stored("documents");
        assert_eq!(originals.len(), DOCUMENTS + 36, "each original is there once");
    }
}

/// `kill -9` in a loop, over everything that writes to the audit log. `BELEG_CRASH_ROUNDS` says how often (`make test-crash`).
#[test]
fn no_acknowledged_entry_is_lost_and_no_place_is_given_twice_however_often_writers_are_killed() {
    let rounds: u32 = std::env::var("BELEG_CRASH_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap());
    let place = Place::new();
    place.put("a.txt", "Der Saldo der Forderungen beträgt 4,2 Mio. EUR.");
    good(&place, &["ingest", "corpus", "in"]);
    let ask = ["ask", "corpus", "Wie hoch ist der Saldo der Forderungen?"];
    let started = Instant::now();
    good(&place, &ask);
    let whole = started.elapsed();
    let mut acknowledged: Vec<(u64, String)> = Vec::new();
    let mut killed = 0;
    for round in 0..rounds {
        place.put("b.txt", format!("Fassung {round} des Vermerks."));
        let arguments: &[&str] = match round % 4 {
            0 => &["ingest", "corpus", "in"],
            1 => &["audit", "checkpoint", "corpus", "--new"],
            _ => &ask,
        };
        let mut child = command(&place, arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // From at once to well after the end of a whole call, in steps that share no factor with the rounds.
        thread::sleep(whole * (round * 37 % 101) / 60);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        killed += u32::from(output.status.code().is_none());
        // What was printed was acknowledged, whatever became of the process then.
        if let Ok(answer) = serde_json::from_slice::<Value>(&output.stdout)
            && let Some(index) = answer["audit"]["index"].as_u64()
        {
            acknowledged.push((index, answer["id"].as_str().unwrap().to_owned()));
        }
        if round % 10 == 9 {
            good(&place, &["audit", "verify", "corpus"]);
        }
    }
    good(&place, &["audit", "checkpoint", "corpus", "--new"]);
    let verified = good(&place, &["audit", "verify", "corpus"]);
    assert_eq!(verified["uncovered"], 0);
    for (index, id) in &acknowledged {
        let index = index.to_string();
        let log = good(&place, &["audit", "log", "corpus", "--from", &index, "-n", "1"]);
        assert_eq!(log["entries"][0]["entry"]["versions"]["answer"], Value::from(id.as_str()), "entry {index}");
    }
    let mut places: Vec<u64> = acknowledged.iter().map(|(index, _)| *index).collect();
    places.dedup();
    assert_eq!(places.len(), acknowledged.len(), "no place was given twice");
    assert!(killed > 0 && !acknowledged.is_empty(), "{killed} of {rounds} were killed, {} answered", acknowledged.len());
}
