// Package desired keeps scopes, accesses and clients as a file says they shall
// be: it compares a [State] with what there is, shows what would change, and
// makes the changes.
//
//	state, err := desired.Parse(file)
//	changes, err := desired.Plan(ctx, client, state, desired.Options{})
//	fmt.Println(changes)                                                    // a dry run
//	result, err := changes.Apply(ctx, desired.ApplyOptions{})
//
// A state names what shall be there:
//
//	{"owns": {"prefixes": ["difi"], "clients": ["weather-*"]},
//	 "scopes": [{"prefix": "difi", "subscope": "weather.read", "description": "Read the weather",
//	             "access": ["889640782", "974760673"]}],
//	 "clients": [{"name": "weather-reader", "description": "Reads it", "scopes": ["difi:weather.read"]}]}
//
// It is read to the letter, and all mistakes are reported together, with line
// and column. [Schema] lets editors help; [Export] writes what is there as a
// state to begin with.
//
// # What is never done by accident
//
// Nothing is deactivated or revoked unless Owns says that the state is the
// whole of a prefix, or of the clients of some names. The client that one is
// signed in with is never touched, and what suppliers made for the organisation
// is left to them. Changes that take away everything, or more than 30 % of what
// is owned, are shown, and refused until [ApplyOptions] allow them.
//
// # When something fails
//
// [ChangeSet.Apply] goes on with what doesn't build on what failed, and tells
// what became of each change. A plan made afterwards holds what is missing, and
// no more: programs that are killed on their way are run again. Where an
// answer was lost, what it would have told is looked up before anything is made
// a second time. Things that exist and are deactivated are taken into use
// again.
//
// Apply one state at a time: the service lets clients have the same name, so
// that two programs that begin together may make each client twice. The next
// plan says so.
//
// Reading takes one call each for scopes, accesses and clients, however many
// there are.
//
// YAML is the business of tools: convert it to JSON.
package desired
