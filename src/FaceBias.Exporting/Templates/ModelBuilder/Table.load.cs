        /// <summary>
        /// Load an IDataView from a table of labels and image paths.
        /// </summary>
        /// <param name="mlContext">The common context for all ML.NET operations.</param>
        /// <param name="inputDataFilePath">Tab-separated, with a header: Label, ImageSource.</param>
        public static IDataView LoadIDataViewFromFile(MLContext mlContext, string inputDataFilePath)
        {
            var rows = mlContext.Data.LoadFromTextFile<TableRow>(inputDataFilePath, separatorChar: '\t', hasHeader: true, allowQuoting: true);
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
