package mockprogram

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Who may read a file that the program makes.
const (
	ownFile    fs.FileMode = 0o600
	publicFile fs.FileMode = 0o644
)

// save writes a file whole, or leaves what was there. Links are followed, and
// what is no file, such as a pipe, is written into.
func save(name string, data []byte, mode fs.FileMode) error {
	name, err := followed(name)
	if err != nil {
		return err
	}
	switch info, err := os.Stat(name); {
	case errors.Is(err, fs.ErrNotExist):
		return replace(name, data, mode)
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory", name)
	case !info.Mode().IsRegular():
		return writePipe(name, data)
	default:
		if replace(name, data, info.Mode().Perm()) == nil {
			return nil
		}
		return overwrite(name, data) // its directory may not be ours, or the file a mount
	}
}

// followed is where a link leads to, also when there is nothing yet.
func followed(name string) (string, error) {
	const most = 40
	for range most {
		to, err := os.Readlink(name)
		if err != nil {
			return name, nil //nolint:nilerr // it is no link, or not there
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(name), to)
		}
		name = to
	}
	return "", fmt.Errorf("%s is a link that leads nowhere", name)
}

// replace writes a new file and puts it in the place of the old one.
func replace(name string, data []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name) //nolint:gosec // whoever starts the program names it
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name())) //nolint:gosec // likewise
	}
	return nil
}

// overwrite writes into a file, and writes back what it held when that fails.
func overwrite(name string, data []byte) error {
	before, err := os.ReadFile(name) //nolint:gosec // likewise
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, data, ownFile); err != nil { //nolint:gosec // likewise
		return errors.Join(err, os.WriteFile(name, before, ownFile)) //nolint:gosec // likewise
	}
	return nil
}

// pipeTimeout is how long a pipe is given to be read.
const pipeTimeout = 10 * time.Second

// writePipe writes into a pipe or a device. A pipe that nobody reads is an error.
func writePipe(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // likewise
	if err != nil {
		return err
	}
	_ = file.SetWriteDeadline(time.Now().Add(pipeTimeout)) // devices have none, and don't wait
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
