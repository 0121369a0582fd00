package engine

// InAll does something in all environments, those included that are made later.
// It is tried in one first, so that a mistake shows at once. The engine's lock is
// free meanwhile: a change of a registry may have to tell others of theirs.
func (e *Engine) InAll(add func(*Environment) error) error {
	e.adding.Lock()
	defer e.adding.Unlock()
	for {
		first, err := e.Environment("test")
		if err == nil {
			err = add(first)
		}
		if err != nil {
			return err
		}
		others, current, err := e.deferAddition(first, add)
		if err != nil {
			return err
		}
		for _, env := range others {
			if err := add(env); err != nil {
				return err
			}
		}
		if current {
			return nil
		}
	}
}

// In does something in the environment of this name, or in all when it is empty.
func (e *Engine) In(name string, do func(*Environment) error) error {
	if name == "" {
		return e.InAll(do)
	}
	env, err := e.Environment(name)
	if err != nil {
		return err
	}
	return do(env)
}

// maxAdditions is how many things are kept for environments that nobody has
// asked for yet. After that they are made.
const maxAdditions = 256

// deferAddition keeps an addition for environments that are made later, and
// returns those that are there beside the first. It reports whether the first is
// still one of the engine's: the world may have begun anew.
func (e *Engine) deferAddition(first *Environment, add func(*Environment) error) (others []*Environment, current bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.environments[first.Name] != first {
		return nil, false, nil
	}
	for _, name := range names {
		if len(e.additions) >= maxAdditions {
			if _, err := e.environment(name); err != nil {
				return nil, false, err
			}
		}
		if env := e.environments[name]; env != nil && env != first {
			others = append(others, env)
		}
	}
	e.additions = append(e.additions, add)
	if len(e.environments) == len(names) {
		e.additions = nil // nobody comes later
	}
	return others, true, nil
}
