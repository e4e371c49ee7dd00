        public const string RetrainFilePath = {{data}};
        public const char RetrainSeparatorChar = '\t';
        public const bool RetrainHasHeader = true;
        public const bool RetrainAllowQuoting = true;

        /// <summary>
        /// Train a new model on the backbone's features: a linear model, not the network that facebias trained.
        /// </summary>
        /// <param name="outputModelPath">File path for saving the model. Should be similar to "C:\YourPath\ModelName.mlnet"</param>
        /// <param name="inputDataFilePath">Table with the columns Label and ImageSource.</param>
        /// <param name="separatorChar">Separator character of the table.</param>
        /// <param name="hasHeader">Whether its first line names the columns.</param>
        /// <param name="allowQuoting">Whether values may stand in quotes.</param>
        public static void Train(string outputModelPath, string inputDataFilePath = RetrainFilePath, char separatorChar = RetrainSeparatorChar, bool hasHeader = RetrainHasHeader, bool allowQuoting = RetrainAllowQuoting)
        {
            var mlContext = new MLContext(seed: 1);
            var data = LoadIDataViewFromFile(mlContext, inputDataFilePath, separatorChar, hasHeader, allowQuoting);
            var model = RetrainModel(mlContext, data);
            SaveModel(mlContext, model, data, outputModelPath);
        }

        /// <summary>
        /// Load an IDataView from a table of labels and image paths.
        /// </summary>
        /// <param name="mlContext">The common context for all ML.NET operations.</param>
        /// <param name="inputDataFilePath">Table with the columns Label and ImageSource.</param>
        /// <param name="separatorChar">Separator character of the table.</param>
        /// <param name="hasHeader">Whether its first line names the columns.</param>
        /// <param name="allowQuoting">Whether values may stand in quotes.</param>
        public static IDataView LoadIDataViewFromFile(MLContext mlContext, string inputDataFilePath, char separatorChar = RetrainSeparatorChar, bool hasHeader = RetrainHasHeader, bool allowQuoting = RetrainAllowQuoting)
        {
            var rows = mlContext.Data.LoadFromTextFile<TableRow>(inputDataFilePath, separatorChar, hasHeader, allowQuoting: allowQuoting);
            // Read when they are asked for: all of them may not fit into memory.
            return mlContext.Data.LoadFromEnumerable(mlContext.Data.CreateEnumerable<TableRow>(rows, reuseRowObject: false)
                .Select(r => new ModelInput { Label = r.Label, ImageSource = File.ReadAllBytes(r.ImageSource) }));
        }

        private class TableRow
        {
            [LoadColumn(0)]
            public float Label { get; set; }

            [LoadColumn(1)]
            public string ImageSource { get; set; }
        }
