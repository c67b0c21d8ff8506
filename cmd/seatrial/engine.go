package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/matrix"
)

// withStore connects to the engine and gives a store of images as the matrix
// configures it; a matrix that is not there configures nothing.
func withStore(ctx context.Context, matrixFile string, progress func(string), use func(*engine.Engine, *image.Store) error) (err error) {
	config, err := imageConfig(matrixFile)
	if err != nil {
		return err
	}
	e, err := engine.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	config.Labels, config.Progress = e.Labels, progress
	return use(e, image.New(e.Client, config))
}

func imageConfig(matrixFile string) (image.Config, error) {
	cache, err := cacheDir()
	if err != nil {
		return image.Config{}, err
	}
	config := image.Config{CacheDir: filepath.Join(cache, "images")}
	if _, err := os.Stat(matrixFile); err != nil {
		return config, nil
	}
	file, err := matrix.Load(matrixFile)
	if err != nil {
		return image.Config{}, err
	}
	config.Registries, config.Pull, config.Offline = file.Images.Registries, file.Images.Pull, file.Images.Offline
	config.Debian = image.DebianConfig(file.Images.Debian)
	return config, nil
}

func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache directory: %w", err)
	}
	return filepath.Join(dir, "seatrial"), nil
}
