//! The oracle is a scan of all vectors in `f64`.

use proptest::prelude::*;

use super::*;

/// Vectors around a common direction, as embeddings of text are: xorshift noise on a constant.
fn cone(count: usize, dimensions: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut state = seed | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    (0..count).map(|_| (0..dimensions).map(|_| 0.4 + next()).collect()).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn oracle(vectors: &[Vec<f32>], query: &[f32], permitted: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
    let mut all: Vec<_> = (0u32..).zip(vectors).filter(|&(o, _)| permitted(o)).map(|(o, v)| (o, cosine(v, query))).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all
}

fn set(vectors: &[Vec<f32>]) -> VectorSet {
    let mut set = VectorSet::new(vectors[0].len()).unwrap();
    for (ordinal, vector) in (0..).zip(vectors) {
        assert_eq!(set.push(vector).unwrap(), ordinal);
    }
    set
}

/// Half a step between the codes of a vector of length 1, when their range is all that it has: no value is rounded by more.
fn half_step(vector: &[f32]) -> f64 {
    let greatest = vector.iter().map(|x| f64::from(x.abs())).fold(0.0, f64::max);
    let length = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    greatest / length / 15.0
}

/// By how much a score may differ from the cosine.
///
/// The codes scaled to a product of 1 with the vector `x` are `x + e`, `e` orthogonal to `x`, as long as the tangent of their
/// angle; only the part of the query that is orthogonal to `x` meets `e`. The sine of the angle is at most the length of the
/// rounding errors, each no greater than half a step; a range that was chosen instead has a smaller angle.
fn most_error(vector: &[f32], query: &[f32]) -> f64 {
    let sine = half_step(vector) * (vector.len() as f64).sqrt();
    if sine >= 1.0 {
        return 2.0;
    }
    let orthogonal = (1.0 - cosine(vector, query).powi(2)).max(0.0).sqrt();
    // And what `f32` rounds.
    orthogonal * sine / (1.0 - sine * sine).sqrt() + 1e-5
}

#[test]
fn the_first_hundred_of_the_cascade_hold_the_ten_that_the_oracle_finds() {
    let vectors = cone(20_000, 64, 7);
    let set = set(&vectors);
    let everywhere: Bitmap = (0..20_000).filter(|o| o % 5 == 0).collect();
    let (mut found, mut found_exact) = (0, 0);
    for query in cone(50, 64, 99) {
        let hits = set.search(&query, 100, None).unwrap();
        let exact = set.search(&query, 100, Some(&everywhere)).unwrap();
        let truth = oracle(&vectors, &query, |_| true);
        found += truth[..10].iter().filter(|(o, _)| hits.iter().any(|(h, _)| h == o)).count();
        let truth = oracle(&vectors, &query, |o| o % 5 == 0);
        found_exact += truth[..10].iter().filter(|(o, _)| exact.iter().any(|(h, _)| h == o)).count();
        for (ordinal, score) in hits {
            let vector = &vectors[ordinal as usize];
            assert!((f64::from(score) - cosine(vector, &query)).abs() < most_error(vector, &query));
        }
    }
    // All of those that are compared by their codes, and of 500 all but a few whose sketches are far.
    assert_eq!(found_exact, 500);
    assert!(found >= 495, "{found} of 500");
}

#[test]
fn errors_are_no_greater_than_those_of_values_rounded_to_the_nearest_step() {
    for dimensions in [64, 100, 384] {
        // Around no direction: with one, the errors of the greatest values, all of one sign, add up.
        let centred = |count, seed| -> Vec<Vec<f32>> {
            cone(count, dimensions, seed).into_iter().map(|v| v.into_iter().map(|x| x - 0.4).collect()).collect()
        };
        let vectors = centred(2000, 17);
        let set = set(&vectors);
        let (mut squares, mut count) = (0.0, 0.0);
        for query in centred(20, 55) {
            let unit = Query::new(&query).unwrap();
            for (ordinal, vector) in (0..).zip(&vectors) {
                let exact = cosine(vector, &query);
                // Rounded to the nearest step, a value is off by up to half a step, all errors alike: a third of its square.
                let expected = half_step(vector).powi(2) / 3.0 * (1.0 - exact * exact);
                squares += (f64::from(set.score(&unit, ordinal).unwrap()) - exact).powi(2) / expected;
                count += 1.0;
            }
        }
        // A tenth for chance.
        assert!(squares / count < 1.1, "{} at {dimensions} dimensions", squares / count);
    }
}

#[test]
fn every_machine_adds_the_products_of_half_codes_in_the_same_order() {
    for dimensions in [1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 384, 1000] {
        let (vectors, query) = (cone(3, dimensions, 29), codes::unit(&cone(1, dimensions, 31)[0], dimensions).unwrap());
        let (mut bytes, mut dots) = (Vec::new(), [0.0; 3]);
        for vector in &vectors {
            codes::encode_half(&codes::unit(vector, dimensions).unwrap(), &mut bytes);
        }
        assert_eq!(bytes.len(), 3 * codes::half_bytes(dimensions));
        kernels::half_dots(&bytes, &query, &mut dots);
        for (row, dot) in bytes.chunks(codes::half_bytes(dimensions)).zip(dots) {
            let mut row_codes = vec![0; dimensions];
            codes::decode_half(row, &mut row_codes);
            let mut sums = [0f32; 64];
            for (codes, values) in row_codes.chunks(128).zip(query.chunks(128)) {
                let half = codes.len().div_ceil(2);
                for (codes, values) in codes.chunks(half).zip(values.chunks(half)) {
                    codes.iter().zip(values).zip(&mut sums).for_each(|((&code, value), sum)| *sum += f32::from(code) * value);
                }
            }
            for width in [32, 16, 8, 4, 2, 1] {
                (0..width).for_each(|i| sums[i] += sums[width + i]);
            }
            assert_eq!(dot.to_bits(), sums[0].to_bits(), "{dimensions} dimensions");
        }
    }
}

#[test]
fn a_vector_finds_itself_first_before_and_after_the_centre_is_taken() {
    for count in [1, 63, 64, 65, 1023, 1025, 4095, 4096, 9000] {
        let vectors = cone(count, 100, 3);
        let set = set(&vectors);
        for ordinal in [0, count / 2, count - 1] {
            assert_eq!(set.search(&vectors[ordinal], 1, None).unwrap()[0].0, ordinal as u32, "of {count}");
        }
    }
}

#[test]
fn equal_vectors_come_in_the_order_of_their_ordinals() {
    let vectors = vec![vec![1.0, 2.0, -1.0]; 6000];
    let hits = set(&vectors).search(&[1.0, 2.0, -1.0], 20, None).unwrap();
    assert_eq!(hits.iter().map(|h| h.0).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_smaller_k_gives_the_beginning_of_a_greater_one() {
    let vectors = cone(12_000, 96, 5);
    let set = set(&vectors);
    let query = &cone(1, 96, 42)[0];
    let all = set.search(query, 400, None).unwrap();
    for k in [1, 10, 100] {
        assert_eq!(set.search(query, k, None).unwrap(), all[..k]);
    }
}

#[test]
fn vectors_without_direction_or_of_another_length_are_refused() {
    let mut set = VectorSet::new(3).unwrap();
    for (vector, code) in [
        (vec![0.0, 0.0, 0.0], "vectors.value"),
        (vec![f32::NAN, 1.0, 0.0], "vectors.value"),
        (vec![f32::INFINITY, 1.0, 0.0], "vectors.value"),
        (vec![1.0, 1.0], "vectors.dimensions"),
        (vec![], "vectors.dimensions"),
    ] {
        assert_eq!(set.push(&vector).unwrap_err().code(), code);
        assert_eq!(set.search(&vector, 1, None).unwrap_err().code(), code);
    }
    assert!(set.is_empty(), "nothing of a refused vector stays");
    assert!(VectorSet::new(0).is_err() && VectorSet::new(8193).is_err());
}

#[test]
fn the_largest_and_smallest_values_are_vectors_too() {
    let mut set = VectorSet::new(2).unwrap();
    set.push(&[f32::MAX, 0.0]).unwrap();
    set.push(&[0.0, f32::MIN_POSITIVE]).unwrap();
    assert_eq!(set.search(&[0.0, 1e-30], 1, None).unwrap(), [(1, 1.0)]);
}

#[test]
fn a_hundred_thousand_vectors_need_less_than_25_mb() {
    let mut set = VectorSet::new(384).unwrap();
    set.push(&[1.0; 384]).unwrap();
    // Memory is a number of blocks of 1,024 vectors.
    assert!(set.bytes() * 98 < 25_000_000);
}

#[test]
fn sentence_codes_have_the_bytes_that_the_format_says() {
    let mut builder = SentenceBuilder::new(2).unwrap();
    builder.push(&[0.0, -5.0]).unwrap();
    let bytes = builder.finish();
    let mut expected = vec![1, 0, 2, 0];
    expected.extend((1.0f32 / 127.0).to_le_bytes());
    expected.extend([0, 0x81]); // -127
    assert_eq!(bytes, expected);
    let codes = SentenceCodes::new(&bytes).unwrap();
    assert_eq!((codes.len(), codes.dimensions(), codes.vector(0)), (1, 2, Some(vec![0.0, -1.0])));
}

#[test]
fn the_best_sentence_is_found() {
    let vectors = cone(9, 384, 11);
    let mut builder = SentenceBuilder::new(384).unwrap();
    vectors.iter().for_each(|v| builder.push(v).unwrap());
    let bytes = builder.finish();
    let codes = SentenceCodes::new(&bytes).unwrap();
    for (i, vector) in vectors.iter().enumerate() {
        let (best, score) = codes.best(&Query::new(vector).unwrap()).unwrap();
        assert_eq!(best, i);
        assert!(score > 0.999);
    }
    assert_eq!(codes.best(&Query::new(&[1.0]).unwrap()), None, "a query of another length has no best");
}

#[test]
fn damaged_sentence_codes_are_an_error() {
    let mut builder = SentenceBuilder::new(3).unwrap();
    builder.push(&[1.0, 2.0, 3.0]).unwrap();
    let good = builder.finish();
    let mut newer = good.clone();
    newer[0] = 2;
    let mut endless = good.clone();
    endless[4..8].copy_from_slice(&f32::INFINITY.to_le_bytes());
    for bad in [&good[..3], &good[..good.len() - 1], &newer, &endless, &[1, 0, 0, 0], &[]] {
        assert_eq!(SentenceCodes::new(bad).unwrap_err().code(), "vectors.format");
    }
    assert!(SentenceCodes::new(&good[..4]).unwrap().is_empty(), "a chunk may have no sentences");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_masked_or_removed_is_never_found_and_all_else_is(
        count in 1usize..300,
        k in 0usize..400,
        seed in any::<u64>(),
        mask in proptest::option::of(proptest::collection::vec(0u32..400, 0..200)),
        gone in proptest::collection::vec(0u32..400, 0..100),
    ) {
        let vectors = cone(count, 40, seed);
        let mut set = set(&vectors);
        for &ordinal in &gone {
            set.remove(ordinal);
        }
        let mask: Option<Bitmap> = mask.map(|m| m.into_iter().collect());
        let permitted = |o: u32| !gone.contains(&o) && mask.as_ref().is_none_or(|m| m.contains(o));
        let query = &cone(1, 40, seed ^ 0xabcdef)[0];
        let truth = oracle(&vectors, query, permitted);
        let hits = set.search(query, k, mask.as_ref()).unwrap();
        prop_assert_eq!(hits.len(), k.min(truth.len()));
        // If no score is off by more, the nth best of them is not either.
        let most = vectors.iter().map(|vector| most_error(vector, query)).fold(0.0, f64::max);
        for (hit, best) in hits.iter().zip(&truth) {
            prop_assert!(permitted(hit.0));
            prop_assert!((f64::from(hit.1) - best.1).abs() < most);
        }
    }

    #[test]
    fn scores_are_cosines_within_the_rounding_of_the_codes(
        (vector, query) in (1usize..400).prop_flat_map(|dimensions| {
            let value = prop_oneof![4 => -1f32..1.0, 1 => Just(0.0), 1 => -0.01f32..0.01];
            let vector = proptest::collection::vec(value, dimensions)
                .prop_filter("it has a direction", |v| v.iter().any(|x| *x != 0.0));
            (vector.clone(), vector)
        }),
    ) {
        let mut set = VectorSet::new(vector.len()).unwrap();
        set.push(&vector).unwrap();
        for query in [&query, &vector] {
            let score = set.score(&Query::new(query).unwrap(), 0).unwrap();
            let exact = cosine(&vector, query);
            prop_assert!((f64::from(score) - exact).abs() <= most_error(&vector, query), "{} for {}", score, exact);
        }
        let itself = set.score(&Query::new(&vector).unwrap(), 0).unwrap();
        prop_assert!((f64::from(itself) - 1.0).abs() < 1e-5, "whatever the rounding: {}", itself);
    }

    #[test]
    fn a_bitmap_is_a_set(ordinals in proptest::collection::vec(0u32..5000, 0..200), gone in proptest::collection::vec(0u32..5000, 0..200)) {
        let mut ours: Bitmap = ordinals.iter().copied().collect();
        let mut std: std::collections::BTreeSet<u32> = ordinals.iter().copied().collect();
        for o in gone {
            prop_assert_eq!(ours.remove(o), std.remove(&o));
        }
        prop_assert_eq!(ours.len(), std.len());
        prop_assert!(ours.iter().eq(std.iter().copied()));
        prop_assert_eq!(ours.is_empty(), std.is_empty());
    }

    #[test]
    fn reading_sentence_codes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(codes) = SentenceCodes::new(&bytes) {
            let _ = codes.best(&Query::new(&vec![1.0; codes.dimensions()]).unwrap());
        }
    }
}

#[test]
fn a_masked_search_in_a_large_set_loses_nothing() {
    let vectors = cone(20_000, 64, 21);
    let mut set = set(&vectors);
    set.retain(|o| o % 7 != 0);
    let query = &cone(1, 64, 5)[0];
    for step in [2u32, 500] {
        let mask: Bitmap = (0..20_000).filter(|o| o % step == 1).collect();
        let hits = set.search(query, 5, Some(&mask)).unwrap();
        let truth = oracle(&vectors, query, |o| o % step == 1 && o % 7 != 0);
        assert!(hits.iter().all(|(o, _)| o % step == 1 && o % 7 != 0));
        let most = vectors.iter().map(|vector| most_error(vector, query)).fold(0.0, f64::max);
        assert!((f64::from(hits[0].1) - truth[0].1).abs() < most);
    }
}
