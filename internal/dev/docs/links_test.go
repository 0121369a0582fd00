package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notWord = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names by which headings can be linked to.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := notWord.ReplaceAllString(strings.ToLower(match[1]), "")
		names[strings.ReplaceAll(name, " ", "-")] = true
	}
	return names
}

// linksOf are the targets of a page's links within the repository, from its
// root, with their anchors.
func linksOf(page, text string) (links [][2]string) {
	for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		target, anchor, _ := strings.Cut(match[1], "#")
		switch {
		case strings.Contains(target, ":"): // elsewhere
		case target == "":
			links = append(links, [2]string{page, anchor})
		default:
			links = append(links, [2]string{path.Join(path.Dir(page), target), anchor})
		}
	}
	return links
}

func TestLinksLeadToFilesAndHeadingsThatAreThere(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for page, text := range all {
		for _, to := range linksOf(page, text) {
			if _, err := os.Stat(filepath.Join(root, to[0])); err != nil {
				t.Errorf("%s links to %s, which isn't there", page, to[0])
			}
			if to[1] != "" && !anchors(all[to[0]])[to[1]] {
				t.Errorf("%s links to %s#%s, whose heading isn't there", page, to[0], to[1])
			}
		}
	}
}

func TestEveryPageForUsersIsFoundFromTheFrontPage(t *testing.T) {
	t.Parallel()
	all := pages(t)
	found := map[string]bool{}
	for next := []string{"README.md"}; len(next) > 0; next = next[1:] {
		if found[next[0]] {
			continue
		}
		found[next[0]] = true
		for _, to := range linksOf(next[0], all[next[0]]) {
			page := to[0]
			if _, there := all[page]; !there {
				page = path.Join(page, "README.md") // of a folder
			}
			if _, there := all[page]; there {
				next = append(next, page)
			}
		}
	}
	for page := range all {
		if !found[page] && !strings.Contains(page, "testdata/") {
			t.Errorf("nothing leads from README.md to %s", page)
		}
	}
}
