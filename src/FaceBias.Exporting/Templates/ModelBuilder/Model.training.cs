// Written by facebias {{version}} in the shape of ML.NET Model Builder.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace {{namespace}}
{
    public partial class {{name}}
    {
        /// <summary>Where the training data are.</summary>
        public const string TrainingData = {{data}};

        /// <summary>
        /// Train a new model on the backbone's features: a linear model, not the network that facebias trained.
        /// </summary>
        /// <param name="outputModelPath">File path for saving the model. Should be similar to "C:\YourPath\ModelName.mlnet"</param>
        /// <param name="dataSource">{{datatext}}</param>
        public static void Train(string outputModelPath, string dataSource = TrainingData)
        {
            var mlContext = new MLContext(seed: 1);
            var data = LoadIDataView(mlContext, dataSource);
            var model = RetrainModel(mlContext, data);
            mlContext.Model.Save(model, data.Schema, outputModelPath);
        }

{{load}}
        /// <summary>
        /// Retrain model using the pipeline below.
        /// </summary>
        /// <param name="mlContext"></param>
        /// <param name="trainData"></param>
        /// <returns></returns>
        public static ITransformer RetrainModel(MLContext mlContext, IDataView trainData)
        {
            var pipeline = BuildPipeline(mlContext);
            var model = pipeline.Fit(trainData);

            return model;
        }

        /// <summary>
        /// build the pipeline that <see cref="RetrainModel"/> trains: pictures, features of the backbone, a linear trainer.
        /// </summary>
        /// <param name="mlContext"></param>
        /// <returns></returns>
        public static IEstimator<ITransformer> BuildPipeline(MLContext mlContext)
        {
            return BuildPixels(mlContext)
                                    .Append(mlContext.Transforms.ApplyOnnxModel(new[] { @"features" }, new[] { @"pixels" }, Path.Combine(AppContext.BaseDirectory, "{{name}}.backbone.onnx"), new Dictionary<string, int[]> { [@"pixels"] = new[] { 1, 3, {{height}}, {{width}} }, [@"features"] = new[] { 1, {{features}} } }, null, false))
                                    .AppendCacheCheckpoint(mlContext)
                                    .Append(mlContext.Transforms.NormalizeMeanVariance(@"features", fixZero: false))
                                    {{trainer}};
        }

        /// <summary>
        /// the pipeline of the model that facebias trained: pictures, then all of the network.
        /// </summary>
        private static IEstimator<ITransformer> BuildTrainedPipeline(MLContext mlContext)
        {
            return BuildPixels(mlContext)
                                    .Append(mlContext.Transforms.ApplyOnnxModel(new[] { {{target}} }, new[] { {{input}} }, Path.Combine(AppContext.BaseDirectory, "{{name}}.onnx"), new Dictionary<string, int[]> { [{{input}}] = new[] { 1, 3, {{height}}, {{width}} }, [{{target}}] = new[] { 1, {{outputs}} } }, null, false))
                                    .Append(mlContext.Transforms.CopyColumns(@"Score", {{target}}));
        }

        private static EstimatorChain<ImagePixelExtractingTransformer> BuildPixels(MLContext mlContext)
        {
            return mlContext.Transforms.LoadImages(outputColumnName: @"Image", imageFolder: @"", inputColumnName: @"ImageSource")
                                    .Append(mlContext.Transforms.ResizeImages(imageWidth: {{width}}, imageHeight: {{height}}, outputColumnName: @"Image", inputColumnName: @"Image", cropAnchor: ImageResizingEstimator.Anchor.Center, resizing: ImageResizingEstimator.ResizingKind.{{resizing}}))
                                    .Append(mlContext.Transforms.ExtractPixels(outputColumnName: {{input}}, inputColumnName: @"Image", colorsToExtract: ImagePixelExtractingEstimator.ColorBits.Rgb, orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ARGB));
        }
    }
}
