        /// <summary>Where the training data are.</summary>
        public const string TrainingData = {{data}};

        /// <summary>
        /// Train a new model on the backbone's features: a linear model, not the network that facebias trained.
        /// </summary>
        /// <param name="outputModelPath">File path for saving the model. Should be similar to "C:\YourPath\ModelName.mlnet"</param>
        /// <param name="folder">Folder with a folder of images per label.</param>
        public static void Train(string outputModelPath, string folder = TrainingData)
        {
            var mlContext = new MLContext(seed: 1);
            var data = LoadImageFromFolder(mlContext, folder);
            var model = RetrainModel(mlContext, data);
            SaveModel(mlContext, model, data, outputModelPath);
        }

        /// <summary>
        ///  Load an IDataView from a folder path.
        /// </summary>
        /// <param name="mlContext">The common context for all ML.NET operations.</param>
        /// <param name="folder">Folder to the image data for training: one folder per label.</param>
        public static IDataView LoadImageFromFolder(MLContext mlContext, string folder)
        {
            // Read when they are asked for: all of them may not fit into memory.
            var images = from label in Labels
                         let inner = Path.Combine(folder, label)
                         where Directory.Exists(inner)
                         from file in Directory.EnumerateFiles(inner).OrderBy(f => f, StringComparer.Ordinal)
                         where Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
                         select new ModelInput { Label = label, ImageSource = File.ReadAllBytes(file) };
            if (!images.Any())
            {
                throw new DirectoryNotFoundException($"'{folder}' has no images in folders named {string.Join(", ", Labels)}.");
            }
            return mlContext.Data.LoadFromEnumerable(images);
        }

        private static readonly string[] Extensions = { ".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff" };
