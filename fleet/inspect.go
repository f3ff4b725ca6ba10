package fleet

import (
	"fmt"
	"os"
	"strings"

	"plexus"
	"plexus/weights/gguf"
)

// Inspect says what weights are good for: those in a folder by its config, those
// in a GGUF file by its metadata.
func Inspect(path string) (plexus.Task, plexus.Form, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", "", err
	}
	if !info.IsDir() {
		file, err := gguf.Open(path)
		if err != nil {
			return "", "", err
		}
		defer file.Close()
		arch, _ := file.Meta.String("general.architecture")
		if _, embeds := file.Meta.Uint(arch + ".pooling_type"); embeds {
			return plexus.TextEmbeddings, plexus.Instructed, nil
		}
		return plexus.TextGeneration, plexus.Native, nil
	}
	d := folderAt(path)
	var c struct {
		Architectures []string
		Labels        map[string]string `json:"id2label"`
	}
	if err := d.config("config.json", &c); err != nil {
		return "", "", err
	}
	switch {
	case len(c.Architectures) != 1:
		return "", "", fmt.Errorf("%s: no config.json that names an architecture", path)
	case strings.HasSuffix(c.Architectures[0], "ForCausalLM"):
		if !d.has("1_Pooling") {
			return "", "", fmt.Errorf("%s: a text generation model comes as a GGUF file, not as a folder", path)
		}
		return plexus.TextEmbeddings, plexus.Instructed, nil
	case !strings.HasSuffix(c.Architectures[0], "ForSequenceClassification"):
		return plexus.TextEmbeddings, "", nil
	case len(c.Labels) == 1:
		return plexus.TextClassification, plexus.Rerank, nil
	}
	return plexus.TextClassification, "", nil
}
