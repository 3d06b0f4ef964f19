//! Text → terms, for German and English.
