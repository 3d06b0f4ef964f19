//! Word lists of the sentence rules: German and English together, since they hardly clash. Each list is sorted.

/// What a stop behind an abbreviation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// Stands before the word it belongs to: never ends a sentence ("Dr.", "vgl.", "z. B.").
    Before,
    /// Stands before a number: ends a sentence only where no number follows ("Nr. 5", but "dieser Art. Die").
    BeforeNumber,
    /// Stands anywhere: ends a sentence if the next word is one that is written in capitals for that reason alone.
    Anywhere,
    /// Closes a list: ends a sentence if a capital follows ("usw.", "etc.").
    Closing,
}

/// The abbreviation `word` (lower case, without stops and spaces), if it is one.
pub(super) fn abbreviation(word: &str) -> Option<Abbreviation> {
    let is = |list: &[&str]| list.binary_search(&word).is_ok();
    if is(BEFORE) {
        Some(Abbreviation::Before)
    } else if is(BEFORE_NUMBER) {
        Some(Abbreviation::BeforeNumber)
    } else if is(ANYWHERE) {
        Some(Abbreviation::Anywhere)
    } else if is(CLOSING) {
        Some(Abbreviation::Closing)
    } else {
        None
    }
}

/// Whether `word` is written in capitals only because a sentence begins: articles, pronouns, prepositions, adverbs.
pub(super) fn begins_sentences(word: &str) -> bool {
    STARTERS.binary_search(&word).is_ok()
}

/// Whether `word`, in lower case, may stand before a German ordinal number: "der 2. Senat", "am 31. Dezember".
pub(super) fn introduces_ordinal(word: &str) -> bool {
    BEFORE_ORDINAL.binary_search(&word).is_ok()
}

/// Whether `word` is one that ordinal numbers count: months, quarters, courts' senates.
pub(super) fn is_counted(word: &str) -> bool {
    COUNTED.binary_search(&word).is_ok()
}

/// Whether a sentence cannot end with `word`, in lower case: articles, prepositions, conjunctions.
pub(super) fn cannot_end(word: &str) -> bool {
    OPEN_WORDS.binary_search(&word).is_ok()
}

#[rustfmt::skip]
const BEFORE: &[&str] = &[
    "abzgl", "allg", "approx", "betr", "bez", "bspw", "bzgl", "bzw", "ca", "capt", "cf", "dgl", "dh", "dipl", "dr", "eg",
    "eigtl", "einschl", "entspr", "esp", "etw", "evtl", "exkl", "fa", "gegr", "gem", "gen", "ggf", "ggfs", "grds", "hr",
    "hrn", "hrsg", "ia", "idf", "idfv", "ie", "ieinzelnen", "ing", "inkl", "ins", "insb", "insbes", "ivm", "iz", "jährl",
    "kfm", "lfd", "lt", "maw", "mdb", "messrs", "mr", "mrs", "ms", "mtl", "namentl", "phil", "prof", "rd", "rer", "resp",
    "rev", "sen", "sog", "st", "stellv", "urspr", "va", "verm", "vgl", "viz", "vorl", "vs", "wg", "zb", "zhd", "zit", "zw",
    "zz", "zzgl",
];

#[rustfmt::skip]
const BEFORE_NUMBER: &[&str] = &[
    "abb", "abs", "abschn", "anh", "anl", "anm", "app", "art", "artt", "az", "bd", "bl", "buchst", "ch", "cl", "eq", "fig",
    "figs", "fn", "hs", "kap", "lit", "no", "nos", "nr", "nrn", "p", "par", "para", "paras", "pos", "pp", "randnr", "rdn",
    "rdnr", "reg", "rn", "rz", "s", "sec", "sect", "tab", "textz", "tz", "uabs", "unterabs", "vol", "vols", "zif", "ziff",
];

#[rustfmt::skip]
const ANYWHERE: &[&str] = &[
    "aao", "abk", "abt", "ad", "af", "al", "anz", "apr", "assn", "aufl", "aug", "ausg", "ave", "bc", "bldg", "blvd", "bros",
    "bsp", "co", "corp", "dec", "dept", "dez", "eu", "ev", "feb", "gbr", "geb", "ges", "gesmbh", "gov", "hd", "idr", "ids",
    "inc", "incl", "intl", "jan", "jg", "jgg", "jh", "jhd", "jhdt", "jr", "jun", "kto", "ltd", "mbh", "mfg", "mio", "mn",
    "mnd", "mrd", "mrz", "mwst", "nchr", "nf", "nov", "nv", "oct", "og", "okt", "oä", "pa", "rspr", "sa", "sek", "sept",
    "spa", "sr", "std", "str", "tsd", "ua", "uk", "univ", "us", "usa", "ust", "uu", "uä", "vchr", "vh", "vj", "zt", "zzt",
];

#[rustfmt::skip]
const CLOSING: &[&str] = &[
    "am", "etc", "f", "ff", "pm", "uam", "usf", "usw", "uvm",
];

#[rustfmt::skip]
const STARTERS: &[&str] = &[
    "A", "Aber", "Accordingly", "Additionally", "After", "All", "Alle", "Allein", "Allerdings", "Als", "Also", "Although",
    "Am", "An", "And", "Andererseits", "Any", "As", "At", "Auch", "Auf", "Aufgrund", "Aus", "Außerdem", "Because", "Before",
    "Bei", "Beide", "Beim", "Bereits", "Besides", "Bis", "Both", "But", "By", "Consequently", "Da", "Dabei", "Dadurch",
    "Dafür", "Dagegen", "Daher", "Damit", "Danach", "Daneben", "Dann", "Daran", "Darauf", "Daraus", "Darin", "Darunter",
    "Darüber", "Das", "Dass", "Davon", "Dazu", "Dem", "Demgegenüber", "Demnach", "Den", "Denn", "Dennoch", "Der", "Deren",
    "Des", "Deshalb", "Despite", "Dessen", "Deswegen", "Die", "Dies", "Diese", "Diesem", "Diesen", "Dieser", "Dieses", "Do",
    "Doch", "Does", "Dort", "Due", "Durch", "During", "Each", "Ebenfalls", "Ebenso", "Ein", "Eine", "Einem", "Einen", "Einer",
    "Einerseits", "Eines", "Er", "Erst", "Es", "Every", "Falls", "Ferner", "Finally", "First", "Following", "For", "From",
    "Further", "Furthermore", "Für", "Gegen", "Gegenüber", "Gemäß", "Given", "Has", "Have", "He", "Hence", "Her", "Here",
    "Hier", "Hierbei", "Hierdurch", "Hierfür", "Hiervon", "Hierzu", "Hinsichtlich", "Hinzu", "His", "How", "However", "I",
    "If", "Ihr", "Ihre", "Im", "In", "Indeed", "Infolge", "Insbesondere", "Insgesamt", "Insofern", "Instead", "Is", "Ist",
    "It", "Its", "Jede", "Jeder", "Jedes", "Jedoch", "Kein", "Keine", "Last", "Laut", "Lediglich", "Less", "Likewise", "Man",
    "Many", "Meanwhile", "Mehr", "Mit", "Moreover", "Most", "My", "Nach", "Nachdem", "Neben", "Nein", "Neither",
    "Nevertheless", "Nicht", "No", "None", "Nonetheless", "Not", "Nun", "Nur", "Ob", "Obwohl", "Oder", "Of", "Ohne", "On",
    "Once", "One", "Only", "Or", "Other", "Our", "Over", "Please", "Schließlich", "Second", "Seine", "Seit", "She", "Sie",
    "Similarly", "Since", "Sind", "So", "Sofern", "Solche", "Some", "Somit", "Sondern", "Soweit", "Sowohl", "Statt",
    "Subsequently", "Such", "That", "The", "Their", "Then", "There", "Therefore", "These", "They", "This", "Those", "Through",
    "Thus", "To", "Trotz", "Trotzdem", "Um", "Und", "Under", "Unless", "Unser", "Unsere", "Unter", "Until", "Upon", "Viele",
    "Vielmehr", "Vom", "Von", "Vor", "War", "Waren", "Was", "We", "Weder", "Wegen", "Weil", "Weitere", "Weiterhin", "Welche",
    "Wenn", "Wer", "Were", "What", "When", "Where", "Whether", "Which", "While", "Who", "Why", "Wie", "Will", "Wir", "Wird",
    "With", "Within", "Without", "Wo", "Während", "Würde", "Yes", "Yet", "You", "Your", "Zu", "Zudem", "Zum", "Zur",
    "Zusätzlich", "Zwar", "Zwischen", "Über", "Überdies", "Übrigens",
];

#[rustfmt::skip]
const BEFORE_ORDINAL: &[&str] = &[
    "ab", "am", "beim", "bis", "bzw", "das", "dem", "den", "der", "des", "die", "diesem", "dieser", "ein", "eine", "einem",
    "einen", "einer", "eines", "ihr", "ihre", "ihrem", "ihren", "im", "ins", "jede", "jedem", "jeden", "jeder", "jedes",
    "oder", "sein", "seine", "seinem", "seinen", "seit", "sowie", "und", "unser", "unsere", "vom", "zum", "zur",
];

#[rustfmt::skip]
const COUNTED: &[&str] = &[
    "Abschnitt", "Abteilung", "Apr", "April", "Aufl", "Auflage", "Aug", "August", "Dez", "Dezember", "Etage", "Feb",
    "Februar", "Geburtstag", "Generation", "Halbjahr", "Hauptversammlung", "Instanz", "Jahrgang", "Jahrhundert", "Jan",
    "Januar", "Juli", "Juni", "Jänner", "Kammer", "Kapitel", "Mai", "Mal", "Mrz", "März", "Nov", "November", "OG", "Okt",
    "Oktober", "Quartal", "Rang", "Runde", "Senat", "Sept", "September", "Sitzung", "Stock", "Strafsenat", "Stufe", "Tag",
    "Teil", "Tertial", "Woche", "Zivilkammer", "Zivilsenat",
];

#[rustfmt::skip]
const OPEN_WORDS: &[&str] = &[
    "a", "als", "an", "and", "auf", "aus", "bei", "beim", "but", "by", "das", "dass", "dem", "den", "der", "deren", "des",
    "die", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "for", "from", "für", "gegen", "if", "im", "in",
    "into", "its", "mit", "nach", "nicht", "oder", "of", "ohne", "on", "or", "our", "sich", "sowie", "that", "the", "their",
    "to", "um", "und", "unter", "vom", "von", "vor", "which", "while", "with", "zu", "zum", "zur", "zwischen", "über",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_so_that_they_can_be_searched() {
        for list in [BEFORE, BEFORE_NUMBER, ANYWHERE, CLOSING, STARTERS, BEFORE_ORDINAL, COUNTED, OPEN_WORDS] {
            assert!(list.is_sorted(), "{:?}", list.windows(2).find(|pair| pair[0] > pair[1]));
        }
    }

    #[test]
    fn an_abbreviation_stands_in_one_list() {
        for word in BEFORE.iter().chain(BEFORE_NUMBER).chain(ANYWHERE).chain(CLOSING) {
            let lists = [BEFORE, BEFORE_NUMBER, ANYWHERE, CLOSING];
            assert_eq!(lists.iter().map(|list| list.iter().filter(|w| *w == word).count()).sum::<usize>(), 1, "{word}");
        }
    }
}
