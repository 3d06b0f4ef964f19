#!/usr/bin/env bash
# Quality of retrieval on XQuAD, in four directions: eval_xquad.sh [FOLDER].
#
# FOLDER has de/ and en/, each with documents/ and questions.jsonl; a document has the same name in both languages, so that the questions
# of one can be put to the documents of the other. XQuAD is no part of this project (CC BY-SA 4.0): when the folder is missing,
# this says so and ends with 0.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh

xquad=${1:-${XQUAD:-../shared/eval/xquad}}
if [ ! -d "$xquad/de/documents" ] || [ ! -d "$xquad/en/documents" ]; then
    say "XQuAD is not in $xquad: not measured. XQUAD names another folder."
    exit 0
fi

work=$cache/bench
mkdir -p "$work"
for language in de en; do
    rm -rf "$work/xquad-$language"
    "$beleg" ingest --json "$work/xquad-$language" "$xquad/$language/documents" >"$work/xquad-$language.json"
done

rows=()
for questions in de en; do
    for documents in de en; do
        report=$work/xquad-$questions-$documents.json
        "$beleg" eval --json "$work/xquad-$documents" "$xquad/$questions/questions.jsonl" >"$report"
        rows+=("XQuAD $questions → $documents=$report")
    done
done
python3 scripts/eval_table.py "${rows[@]}"
