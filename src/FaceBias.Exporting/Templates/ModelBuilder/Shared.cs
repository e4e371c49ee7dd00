        private static readonly string MLNetModelPath = Path.Combine(AppContext.BaseDirectory, "{{name}}.mlnet");

        public static readonly Lazy<PredictionEngine<ModelInput, ModelOutput>> PredictEngine = new Lazy<PredictionEngine<ModelInput, ModelOutput>>(() => CreatePredictEngine(), true);

        /// <summary>
        /// Use this method to predict on <see cref="ModelInput"/>. Like the engine, it is for one thread at a time.
        /// </summary>
        /// <param name="input">model input.</param>
        /// <returns><seealso cref="ModelOutput"/></returns>
        public static ModelOutput Predict(ModelInput input)
        {
            return PredictEngine.Value.Predict(input);
        }

        private static PredictionEngine<ModelInput, ModelOutput> CreatePredictEngine()
        {
            var mlContext = new MLContext();
            // The model that facebias trained becomes a model zip on its first use; Train writes another one.
            if (!File.Exists(MLNetModelPath))
            {
                var none = mlContext.Data.LoadFromEnumerable(Array.Empty<ModelInput>());
                mlContext.Model.Save(BuildTrainedPipeline(mlContext).Fit(none), none.Schema, MLNetModelPath);
            }
            ITransformer mlModel = mlContext.Model.Load(MLNetModelPath, out var _);
            return mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(mlModel);
        }

