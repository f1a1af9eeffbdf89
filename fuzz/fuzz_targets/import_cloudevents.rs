//! A batch, one event, or a stream of them: each event is a piece of the input, none is counted twice.
#![no_main]
use jwp_delivery::import::cloudevents;
use jwp_fuzz::importer;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    importer(
        data,
        |data| {
            cloudevents::parse(data)
                .and_then(cloudevents::distinct)
                .map(|set| {
                    let mut names: Vec<(String, String)> = Vec::new();
                    for event in &set.events {
                        assert!(
                            data.windows(event.raw.len())
                                .any(|piece| piece == event.raw)
                        );
                        names.push((event.source.clone(), event.id.clone()));
                    }
                    names.sort();
                    let count = names.len();
                    names.dedup();
                    assert_eq!(names.len(), count);
                    (names, set.repeated)
                })
        },
        |seen| format!("{seen:?}"),
    );
});
