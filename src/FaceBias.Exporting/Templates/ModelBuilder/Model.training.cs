// Written by facebias {{version}} in the shape of ML.NET Model Builder.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace {{namespace}}
{
    public partial class {{name}}
    {
{{load}}
        /// <summary>
        /// Save a model at the specified path.
        /// </summary>
        /// <param name="mlContext">The common context for all ML.NET operations.</param>
        /// <param name="model">Model to save.</param>
        /// <param name="data">IDataView used to train the model.</param>
        /// <param name="modelSavePath">File path for saving the model. Should be similar to "C:\YourPath\ModelName.mlnet".</param>
        public static void SaveModel(MLContext mlContext, ITransformer model, IDataView data, string modelSavePath)
        {
            using (var fs = File.Create(modelSavePath))
            {
                mlContext.Model.Save(model, data.Schema, fs);
            }
        }

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
        /// The same under the name that earlier versions of Model Builder gave it.
        /// </summary>
        public static ITransformer RetrainPipeline(MLContext mlContext, IDataView trainData) => RetrainModel(mlContext, trainData);

        /// <summary>
        /// build the pipeline that <see cref="RetrainModel"/> trains: pictures, features of the backbone, a linear trainer.
        /// </summary>
        /// <param name="mlContext"></param>
        /// <returns></returns>
        public static IEstimator<ITransformer> BuildPipeline(MLContext mlContext)
        {
            return BuildPixels(mlContext)
                                    .Append(mlContext.Transforms.ApplyOnnxModel(new[] { @"features" }, new[] { @"pixels" }, Path.Combine(AppContext.BaseDirectory, "{{name}}.backbone.onnx"), new Dictionary<string, int[]> { [@"pixels"] = new[] { 1, 3, {{height}}, {{width}} }, [@"features"] = new[] { 1, {{features}} } }, null, false))
                                    .Append(mlContext.Transforms.DropColumns(@"pixels"))
                                    .AppendCacheCheckpoint(mlContext)
                                    .Append(mlContext.Transforms.NormalizeMeanVariance(@"features", fixZero: false))
                                    {{trainer}}
                                    .Append(mlContext.Transforms.DropColumns(@"features"));
        }

        private static EstimatorChain<ITransformer> BuildPixels(MLContext mlContext)
        {
            return new EstimatorChain<ITransformer>(){{keys}}
                                    .Append<ITransformer>(mlContext.Transforms.CustomMapping(new Pixels().GetMapping(), Pixels.Contract));
        }

        /// <summary>
        /// Pictures as the network takes them, prepared as 'facebias predict' does: ML.NET's own steps drop the EXIF orientation.
        /// </summary>
        [CustomMappingFactoryAttribute(Contract)]
        private class Pixels : CustomMappingFactory<Pixels.Input, Pixels.Output>
        {
            public const string Contract = "{{namespace}}.{{name}}.Pixels";

            public class Input
            {
                public byte[] ImageSource { get; set; }
            }

            public class Output
            {
                [ColumnName(@"pixels")]
                [VectorType(3 * {{height}} * {{width}})]
                public float[] Values { get; set; }
            }

            public override Action<Input, Output> GetMapping() => (from, to) => to.Values = Picture.Read(from.ImageSource, {{width}}, {{height}}, {{cover}});
        }

        /// <summary>
        /// The network's output under ML.NET's names.
        /// </summary>
        [CustomMappingFactoryAttribute(Contract)]
        private class Scores : CustomMappingFactory<Scores.Input, Scores.Output>
        {
            public const string Contract = "{{namespace}}.{{name}}.Scores";

            public class Input
            {
                [VectorType({{outputs}})]
                public float[] FaceBiasOutput { get; set; }
            }

            public class Output
            {
{{scoreclass}}
            }

            public override Action<Input, Output> GetMapping() => (from, to) =>
            {
{{scoremap}}
            };
        }
    }
}
