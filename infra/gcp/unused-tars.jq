# Prints the URL of each stored tar that no tenant needs. docs/deploy.md has the commands that make the input.
#
# $fleets: `pincast status --json`. $ledger: every entry of the pins bucket. $stored: `gcloud storage ls --json`.
# $keep: so many newest revisions of each runtime stay. $days: tars of so many days stay, because CI uploads before it promotes.
def key: "\(.runtime)/\(.revision)";

($fleets | map(.fleets[])) as $fleets
| if ($ledger | length) == 0 then error("the ledger is empty: was it read?") else . end
| if any($fleets[].unreadable[]; true) then error("status names unreadable objects: repair them first") else . end
| [
    ($ledger | group_by(.runtime)[] | sort_by(-.revision)[:$keep][] | key),
    ($fleets[] | .runtime as $runtime | (.tenants[] | .target, .revision, .lastGood) | values | {$runtime, revision: .} | key)
  ] as $needed
| [$ledger[] | select(key | IN($needed[])) | .environmentTarUrl] as $kept
| (now - $days * 86400 | todate) as $newest
| $stored[][].metadata
| select(.timeCreated < $newest)
| "gs://\(.bucket)/\(.name)"
| select(IN($kept[]) or contains("\n") | not)
