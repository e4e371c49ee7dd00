        private static string MLNetModelPath = Path.Combine(AppContext.BaseDirectory, "{{name}}.mlnet");

        public static readonly Lazy<PredictionEngine<ModelInput, ModelOutput>> PredictEngine = new Lazy<PredictionEngine<ModelInput, ModelOutput>>(() => CreatePredictEngine(), true);


        private static PredictionEngine<ModelInput, ModelOutput> CreatePredictEngine()
        {
            var mlContext = new MLContext();
            // The model zip holds a step of this assembly, the preparation of pictures, and names it {{namespace}}.
            mlContext.ComponentCatalog.RegisterAssembly(typeof({{name}}).Assembly);
            AppDomain.CurrentDomain.AssemblyResolve += (_, wanted) =>
                wanted.Name.StartsWith("{{namespace}},", StringComparison.Ordinal) ? typeof({{name}}).Assembly : null;
            ITransformer mlModel = mlContext.Model.Load(MLNetModelPath, out var _);
            return mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(mlModel);
        }
