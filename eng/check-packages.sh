#!/bin/sh
# Which packages a build asks for, with and without the properties that choose them. Evaluates, restores nothing.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# packages PROJECT PROPERTIES...: the package references of a project, one a line.
packages() {
  project=$1; shift
  dotnet msbuild "$root/$project" -getItem:PackageReference -nologo "$@" | sed -n 's/.*"Identity": "\(.*\)".*/\1/p'
}
has() { printf '%s\n' "$found" | grep -qx "$1" || { echo "$what lacks $1; it has:" $found; exit 1; }; }
lacks() { ! printf '%s\n' "$found" | grep -qx "$1" || { echo "$what has $1."; exit 1; }; }

what='the build for GPU machines'
found=$(packages src/FaceBias.Onnx -p:OfficialPackages=true -p:Gpu=true)
has Microsoft.ML.OnnxRuntime.Gpu; lacks Microsoft.ML.OnnxRuntime
found=$(packages src/FaceBias.MLNet.Vision -p:OfficialPackages=true -p:HasVision=true -p:Gpu=true)
has Microsoft.ML.Vision
case $(uname) in Linux) has SciSharp.TensorFlow.Redist-Linux-GPU;; esac

what='the usual build'
found=$(packages src/FaceBias.Onnx -p:OfficialPackages=true -p:Gpu=false)
has Microsoft.ML.OnnxRuntime; lacks Microsoft.ML.OnnxRuntime.Gpu
found=$(packages src/FaceBias.MLNet.Vision -p:OfficialPackages=true -p:HasVision=true -p:Gpu=false)
has Microsoft.ML.Vision; lacks SciSharp.TensorFlow.Redist-Linux-GPU

what='predicting and evaluating in ML.NET'
found=$(packages src/FaceBias.MLNet -p:OfficialPackages=true -p:HasVision=true -p:HasAutoML=true)
has Microsoft.ML; lacks Microsoft.ML.LightGbm; lacks Microsoft.ML.AutoML; lacks Microsoft.ML.Vision

what='the build without official packages'
found=$(packages src/FaceBias.Onnx -p:OfficialPackages=false -p:Gpu=true)
lacks Microsoft.ML.OnnxRuntime; lacks Microsoft.ML.OnnxRuntime.Gpu
