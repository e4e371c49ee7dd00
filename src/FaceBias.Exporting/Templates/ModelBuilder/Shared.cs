        private static string MLNetModelPath = Path.Combine(AppContext.BaseDirectory, "{{name}}.mlnet");

        public static readonly Lazy<PredictionEngine<ModelInput, ModelOutput>> PredictEngine = new Lazy<PredictionEngine<ModelInput, ModelOutput>>(() => CreatePredictEngine(), true);


        private static PredictionEngine<ModelInput, ModelOutput> CreatePredictEngine()
        {
            var mlContext = new MLContext();
            // The model zip holds a step of this assembly, the preparation of pictures.
            mlContext.ComponentCatalog.RegisterAssembly(typeof({{name}}).Assembly);
            ITransformer mlModel = File.Exists(MLNetModelPath) ? mlContext.Model.Load(MLNetModelPath, out var _) : LoadTrainedModel(mlContext);
            return mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(mlModel);
        }

        /// <summary>
        /// The model that facebias trained, from {{name}}.onnx.
        /// </summary>
        /// <param name="mlContext">The common context for all ML.NET operations.</param>
        public static ITransformer LoadTrainedModel(MLContext mlContext)
        {
            return BuildTrainedPipeline(mlContext).Fit(mlContext.Data.LoadFromEnumerable(Array.Empty<ModelInput>()));
        }

        /// <summary>
        /// Save the model that facebias trained as a model zip.
        /// </summary>
        /// <param name="modelSavePath">File path for saving the model. Should be similar to "C:\YourPath\ModelName.mlnet"</param>
        public static void SaveTrainedModel(string modelSavePath)
        {
            var mlContext = new MLContext();
            var none = mlContext.Data.LoadFromEnumerable(Array.Empty<ModelInput>());
            // Under another name first, so that nobody reads half a file.
            var temporary = modelSavePath + "." + Guid.NewGuid().ToString("N");
            mlContext.Model.Save(LoadTrainedModel(mlContext), none.Schema, temporary);
            File.Move(temporary, modelSavePath, true);
        }

